using Molmo.Demo.Client.Localization;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// Words of a fact for a program. Pages have a box that keeps the question, and a browser that may convert a photo; a
/// program has neither.
/// </summary>
internal static class ProgramWords
{
    private const string NothingKept = "Nothing was kept; ask again in a minute.";

    /// <summary>English.</summary>
    public static string Of(Fact fact) => fact switch
    {
        HeicUnsupported or FileTypeUnknown =>
            "This picture is of none of the types that are read here: JPEG, PNG, WebP, GIF and BMP. AVIF, HEIC, TIFF, "
                + "SVG and PDF must be converted before they are sent. Nothing was kept.",
        FileEmpty => "The picture is empty. Nothing was kept.",
        QuestionEmpty => "The last message of the user has no words: write a question. Nothing was kept.",
        ConversationTooLong(var tokens, var oldest) => TooLong(tokens, oldest),
        PhotoConversationTooLong(var tokens, var oldest) => TooLong(tokens, oldest),
        ServerRestarts => $"The server is being restarted. {NothingKept}",
        QuestionNotStored => $"The server's storage is full or busy, so the question was not taken. {NothingKept}",
        MachineAway => $"The machine that writes the answers cannot be reached at the moment. {NothingKept}",
        MachineConnecting => $"The machine that writes the answers is being connected. {NothingKept}",
        MachineFailed => $"The machine that writes the answers had a fault. {NothingKept}",
        MachineRefusesKey => "The machine that writes the answers does not accept this site's key. Its operator must "
            + "set the same Molmo:Key on both.",
        PhotoNotSent => $"The picture could not be sent to the machine that writes the answers. {NothingKept}",
        PhotoNotTaken => "The machine that writes the answers did not take the picture. Nothing was kept; ask again, "
            + "or with another picture.",
        EarlierAnswerRuns => "The answer before this one is still being written. Wait for it or stop it.",
        ModelFailed => "The model failed before it wrote anything. Nothing was kept; ask again.",
        ModelSilent(var seconds) => string.Create(CultureInfo.InvariantCulture,
            $"The model wrote nothing within {seconds} seconds, so it was stopped. Ask again, or about a smaller "
                + $"picture."),
        StorageShareFull(var megabytes) => string.Create(CultureInfo.InvariantCulture,
            $"The pictures that are stored for this caller take {megabytes} MB, which is the limit. Ask without store, "
                + $"or delete conversations that are no longer needed."),
        _ => Words.Of(fact, Language.English),
    };

    private static string TooLong(int tokens, int oldest)
        => string.Create(CultureInfo.InvariantCulture,
            $"This conversation no longer fits into what the model can read ({tokens} tokens). Nothing was kept: send "
                + $"it without its oldest {(oldest == 1 ? "question" : $"{oldest} questions")}, or say "
                + $"molmo.may_drop_oldest.");
}
