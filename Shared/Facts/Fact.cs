namespace Molmo.Demo.Shared.Facts;

/// <summary>
/// One thing that can be said to a person, with its arguments. Words for it are made where it is shown, in the
/// reader's language. The set is closed: the sealed records of this folder.
/// </summary>
/// <remarks>As JSON it is an object such as <c>{"code":"questionTooLong","characters":5000,"limit":4000}</c>.</remarks>
[JsonConverter(typeof(FactJson))]
public abstract record Fact
{
    /// <summary>Its name for programs: the type's in camel case.</summary>
    [JsonIgnore]
    public string Code => FactKind.Of(GetType()).Code;
}

/// <summary>
/// Words that are ready, such as an English sentence from an earlier version. They are shown and written as they are.
/// </summary>
public sealed record EarlierWords(string Text) : Fact
{
    public override string ToString() => Text;
}

/// <summary>Marks the argument after which a language chooses its plural form.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class CountedAttribute : Attribute;
