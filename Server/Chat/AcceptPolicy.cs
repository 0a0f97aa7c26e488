namespace Molmo.Demo.Server.Chat;

/// <summary>What is taken for granted of callers; the role of the process decides it once.</summary>
/// <param name="ActsForAll">
/// Whether callers are web machines of this installation. They act for all their visitors, and have counted and kept
/// the question already: they say what an answer goes on from, and one that does not fit fails instead of being
/// refused.
/// </param>
/// <param name="MostPerVisitor">Questions of one visitor that run or wait at a time.</param>
internal sealed record AcceptPolicy(bool ActsForAll, int MostPerVisitor)
{
    public static AcceptPolicy Of(MolmoOptions options) => options.Role == ServerRole.Inference
        ? new AcceptPolicy(ActsForAll: true, int.MaxValue)
        : new AcceptPolicy(ActsForAll: false, options.MaxPerVisitor);
}
