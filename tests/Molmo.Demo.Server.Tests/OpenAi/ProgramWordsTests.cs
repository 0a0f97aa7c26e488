using System.Reflection;
using Molmo.Demo.Server.OpenAi;

namespace Molmo.Demo.Server.Tests.OpenAi;

public sealed class ProgramWordsTests
{
    private static readonly string[] OfPages = ["in the box", "your browser", "This browser", "Your question is kept"];

    [Fact]
    public void Words_OfFactsThatSpeakOfThePage_DoNotForPrograms()
    {
        var speaking = FactKind.All.Where(kind => kind.Type != typeof(FetchingModel))
            .Select(kind => Make(kind.Type))
            .Where(fact => OfPages.Any(Words.Of(fact, Language.English).Contains)).ToList();
        Assert.True(speaking.Count > 10);
        // Programs do not meet these: they have no part of a photo, no chats without trace and a count of their own.
        Assert.All(speaking.Where(fact => fact is not (TooManyQuestions or QueueFull)), fact =>
        {
            var words = ProgramWords.Of(fact);
            Assert.DoesNotContain(OfPages, words.Contains);
            Assert.EndsWith(".", words, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(1, "its oldest question,")]
    [InlineData(3, "its oldest 3 questions,")]
    public void Failed_ConversationThatNoLongerFits_SaysWhatAProgramCanDo(int oldest, string words)
    {
        // Where the model was loading or is elsewhere, it is seen only when the answer was to begin.
        var refusal = ApiException.From(
            new Failed(1, Failed.ContextFull, new PhotoConversationTooLong(4096, oldest), Retryable: false, oldest));
        Assert.Equal((413, "question_too_long"), (refusal.Status, refusal.Code));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("may_drop_oldest", refusal.Message, StringComparison.Ordinal);
    }

    private static Fact Make(Type type)
    {
        var constructor = type.GetConstructors(BindingFlags.Public | BindingFlags.Instance)
            .MaxBy(one => one.GetParameters().Length)!;
        return (Fact)constructor.Invoke([.. constructor.GetParameters().Select(Value)]);

        static object? Value(ParameterInfo parameter) => parameter.ParameterType == typeof(string) ? "x"
            : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)
            : null;
    }
}
