using Molmo.Demo.Shared.Admin;

namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>The page of who runs the server, always open.</summary>
internal sealed class FakeAdminDesk : IAdminDesk
{
    /// <summary>What the engines keep; null where the machine has none.</summary>
    public AdminReuse? Reuse { get; set; }

    public bool IsOpen => true;

    public AdminEntry Enter(string key) => AdminEntry.Open;

    public void Leave() => throw new NotSupportedException();

    public Task<AdminReport> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(new AdminReport(
        new ServerInfo("molmo-tiny", null), new QueueStatus(0, 0, null, Ready: true, null), TakesQuestions: true,
        new AdminStorage(1, 2, 3, 4, 5),
        new AdminLimits
        {
            MaxSequences = 1,
            MaxWaiting = 2,
            MaxPerVisitor = 3,
            MaxCircuits = 4,
            Circuits = 5,
            UploadsPerMinute = 6,
            VisitorMegabytes = 7,
            LinksPerDay = 8,
            FirstTokenSeconds = 9,
            AnswerSeconds = 10,
            KeepHours = 0,
        },
        [], Reuse));

    public void TakeQuestions(bool areTaken) => throw new NotSupportedException();

    public Task RevokeAsync(ShareId link, CancellationToken cancellationToken) => throw new NotSupportedException();
}
