using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

public class ConversationChangesTests
{
    [Fact]
    public void Report_ToWatchersOfTheConversation_ReachesThoseThatAreThere()
    {
        var changes = new ConversationChanges();
        var (id, told) = (ConversationId.New(), new List<string>());
        using var first = changes.Watch(id, () => told.Add("first"));
        using var other = changes.Watch(ConversationId.New(), () => told.Add("other"));
        var second = changes.Watch(id, () => told.Add("second"));
        changes.Report(id);
        second.Dispose();
        second.Dispose();
        changes.Report(id);
        changes.Report(ConversationId.New());
        Assert.Equal(["first", "second", "first"], told);
    }
}
