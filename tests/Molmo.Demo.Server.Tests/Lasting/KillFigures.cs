namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>What a <see cref="KillRun"/> counted.</summary>
internal sealed class KillFigures(int seed)
{
    private readonly List<string> _faults = [];

    public int Seed => seed;

    public int Kills { get; set; }

    public int KillsWhileStarting { get; set; }

    /// <summary>That came to listening; a start that does not fails the run.</summary>
    public int Starts { get; set; }

    public int IntegrityChecks { get; set; }

    /// <summary>Of answers cut off by a kill, who went on after the start.</summary>
    public int Readers { get; set; }

    public int Pictures { get; private set; }

    public int Links { get; private set; }

    public int Conversations { get; private set; }

    public int Deletions { get; private set; }

    public TimeSpan Duration { get; set; }

    /// <summary>Acknowledged things that were not there, and those that were otherwise than acknowledged.</summary>
    public int Lost { get; set; }

    public int Altered { get; set; }

    /// <summary>Sentences about everything that was not as it must be; empty where all was.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public void Fault(string sentence) => _faults.Add($"After kill {Kills}: {sentence}");

    public void Count(Acknowledged journal)
    {
        (Pictures, Links, Conversations) = (journal.Pictures.Count, journal.Links.Count, journal.Questions.Count);
        Deletions = journal.Pictures.Values.Count(picture => picture.Presence == Presence.Deleted)
            + journal.Links.Values.Count(link => link.Presence == Presence.Deleted);
    }
}
