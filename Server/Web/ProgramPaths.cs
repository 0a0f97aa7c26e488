namespace Molmo.Demo.Server.Web;

/// <summary>The addresses for programs: they are answered in English, and refused in a form of their own.</summary>
internal static class ProgramPaths
{
    public static bool Include(PathString path) => path.StartsWithSegments("/v1");
}

/// <summary>How a refusal looks to a program.</summary>
internal interface IProgramRefusals
{
    /// <param name="status">HTTP status.</param>
    /// <param name="sentence">For people.</param>
    /// <param name="retryAfter">When trying again is worth while.</param>
    IResult Of(int status, string sentence, TimeSpan? retryAfter);
}
