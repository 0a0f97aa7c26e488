using System.CommandLine;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Commands;

/// <summary>The options that depart from the paper's way of asking, the same for all commands.</summary>
internal sealed class PromptOptions
{
    public Option<string?> Style { get; } = new("--style")
    {
        Description = "Style tag put before the question, such as vqa2 or long_caption_83. Default: none.",
        HelpName = "tag",
    };

    public Option<int> MaxCrops { get; } = new("--max-crops")
    {
        Description = $"Most crops of the picture, 1 to {PromptChoice.MostCrops}. "
            + $"{PromptChoice.MostCrops} reads small print better; pointing and counting get worse.",
        HelpName = "count",
        DefaultValueFactory = _ => PromptChoice.StandardCrops,
    };

    /// <exception cref="CommandException">A tag that no model knows, or a number out of range.</exception>
    public PromptChoice Read(ParseResult arguments)
    {
        var prompt = new PromptChoice(arguments.GetValue(Style), arguments.GetValue(MaxCrops));
        try
        {
            QuestionRules.Check(prompt);
        }
        catch (ChatRefusedException e)
        {
            throw new CommandException(Words.Of(e.Fact));
        }
        return prompt;
    }
}
