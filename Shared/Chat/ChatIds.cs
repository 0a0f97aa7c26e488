namespace Molmo.Demo.Shared.Chat;

/// <summary>One running or finished answer.</summary>
public readonly record struct GenerationId(string Value)
{
    public static GenerationId New() => new(RandomId.New());

    public override string ToString() => Value;
}

/// <summary>One conversation of one visitor; <c>/c/{id}</c>.</summary>
public readonly record struct ConversationId(string Value)
{
    public static ConversationId New() => new(RandomId.New());

    public override string ToString() => Value;
}

/// <summary>
/// The person behind a browser, known only by a random cookie. Owner of pictures, conversations and links.
/// </summary>
public readonly record struct VisitorId(string Value)
{
    /// <summary>Type of the claim that carries it.</summary>
    public const string ClaimType = "visitor";

    public static VisitorId New() => new(RandomId.New());

    public override string ToString() => Value;
}
