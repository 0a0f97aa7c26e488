using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

public class ConversationChangesTests
{
    [Fact]
    public void Report_ToWatchersOfTheVisitor_ReachesThoseThatAreThere()
    {
        var changes = new ConversationChanges();
        var (visitor, id, told) = (VisitorId.New(), ConversationId.New(), new List<(string, ConversationId?)>());
        using var first = changes.Watch(visitor, id => told.Add(("first", id)));
        using var other = changes.Watch(VisitorId.New(), id => told.Add(("other", id)));
        var second = changes.Watch(visitor, id => told.Add(("second", id)));
        changes.Report(visitor, id);
        second.Dispose();
        second.Dispose();
        changes.Report(visitor, id);
        changes.Report(VisitorId.New(), id);
        Assert.Equal([("first", id), ("second", id), ("first", id)], told);
        changes.ReportAll();
        Assert.Equal([("first", null), ("other", null)], told.Skip(3).Order());
    }
}
