namespace Molmo.Demo.Server.Engines;

/// <summary>
/// Reads <c>knows.json</c> beside a checkpoint: what it says that it knows. Most checkpoints have none, which is no
/// fault. A broken one is told once and ignored; the checkpoint answers all the same.
/// </summary>
internal static class KnowledgeFile
{
    /// <summary>Its name in the checkpoint's folder.</summary>
    public const string Name = "knows.json";

    private const int MostBytes = 1 << 16;
    private const int MostThings = 500;
    private const int MostNames = 8;
    private const int MostCharacters = 60;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        MaxDepth = 8,
    };

    /// <summary>What the checkpoint of a folder knows; null where it does not say.</summary>
    /// <param name="folder">The checkpoint's.</param>
    /// <param name="note">Takes one line where there is a file that cannot be used.</param>
    public static Knowledge? Read(string folder, Action<string> note)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            if (!File.Exists(path)) return null;
            var knows = JsonSerializer.Deserialize<Knowledge>(ReadBytes(path), Json)
                ?? throw new JsonException("It holds null.");
            return Fault(knows) is { } fault ? throw new JsonException(fault) : knows;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            var reason = string.Join(' ', e.Message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
            note($"{path} is ignored, and nothing is said about what the checkpoint knows: {reason}");
            return null;
        }
    }

    private static byte[] ReadBytes(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length > MostBytes) throw new JsonException($"It has more than {MostBytes} bytes.");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        // Editors may put a mark before the text.
        return bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
    }

    private static string? Fault(Knowledge knows)
    {
        if (knows.Things.IsDefaultOrEmpty || knows.Things.Length > MostThings)
            return $"\"things\" must hold 1 to {MostThings} things.";
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (index, thing) in knows.Things.Index())
        {
            if (thing is null) return $"Thing {index} is null.";
            if (!thing.Also.IsDefault && thing.Also.Length > MostNames)
                return $"Thing {index} has more than {MostNames} other names.";
            // Some names are the same for one and many: fish.
            foreach (var form in thing.Forms.Distinct(StringComparer.OrdinalIgnoreCase))
            {
                if (!IsName(form))
                    return $"Thing {index} has a name that is not 1 to {MostCharacters} letters, digits, spaces, "
                        + "hyphens and apostrophes with a letter or digit at both ends.";
                if (!seen.Add(form)) return $"Thing {index} has the name \"{form}\" of an earlier one.";
            }
        }
        return null;
    }

    private static bool IsName(string? name)
        => name is { Length: > 0 and <= MostCharacters }
            && char.IsLetterOrDigit(name[0]) && char.IsLetterOrDigit(name[^1])
            && name.All(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '\'' or '’'
                || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark);
}
