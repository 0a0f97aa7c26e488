namespace Molmo.Demo.Server.Commands;

/// <summary>A model's words as a terminal may show them: they cannot move its cursor or change its colours.</summary>
internal static class TerminalText
{
    public static string Printable(string text)
        => text.Any(IsUnsafe) ? string.Concat(text.Select(c => IsUnsafe(c) ? ' ' : c)) : text;

    private static bool IsUnsafe(char c) => char.IsControl(c) && c is not '\n' and not '\t';
}
