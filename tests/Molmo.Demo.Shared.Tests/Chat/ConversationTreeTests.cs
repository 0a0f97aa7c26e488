namespace Molmo.Demo.Shared.Tests.Chat;

public class ConversationTreeTests
{
    [Fact]
    public void PathTo_Branches_FollowsParentsOnly()
    {
        // a - b - c
        //   \ d - e
        var tree = Tree("a", "b:a", "c:b", "d:a", "e:d");
        Assert.Equal(Ids("a", "b", "c"), tree.PathTo(Id("c")));
        Assert.Equal(Ids("a", "d", "e"), tree.PathTo(Id("e")));
        Assert.Equal(Ids("b", "d"), tree.VersionsOf(Id("d")));
        Assert.Equal(Id("c"), tree.LeafBelow(Id("b")));
        Assert.Equal(Id("e"), tree.LeafBelow(Id("a")));
        Assert.Equal(Id("e"), tree.Newest);
        Assert.Empty(tree.PathTo(Id("x")));
        Assert.Empty(tree.VersionsOf(Id("x")));
    }

    [Fact]
    public void VersionsOf_AContinuedAnswer_IsReplacedUnlessSomethingFollowsIt()
    {
        var tree = Tree("a", "b=a", "c=b");
        Assert.Equal(Ids("c"), tree.VersionsOf(Id("c")));
        Assert.Equal(Id("c"), tree.LeafBelow(Id("a")));

        var followed = Tree("a", "x:a", "b=a");
        Assert.Equal(Ids("a", "b"), followed.VersionsOf(Id("b")));
        Assert.Equal(Id("x"), followed.LeafBelow(Id("a")));
        Assert.Equal(Id("b"), followed.LeafBelow(Id("b")));
    }

    [Fact]
    public void Tree_WrongRows_HasNoCirclesAndLosesNobody()
    {
        var tree = Tree("a:b", "b:a", "c:nobody", "d=d", "a");
        Assert.Equal(Ids("a"), tree.PathTo(Id("a")));
        Assert.Equal(Ids("a", "b"), tree.PathTo(Id("b")));
        Assert.Equal(Ids("a", "c", "d"), tree.VersionsOf(Id("c")));
        Assert.Equal(Id("d"), tree.LeafBelow(Id("d")));
        Assert.Null(new ConversationTree([]).Newest);
    }

    private static GenerationId Id(string id) => new(id);

    private static IEnumerable<GenerationId> Ids(params string[] ids) => ids.Select(Id);

    /// <summary><c>b:a</c> is b after a, <c>b=a</c> is b that goes on from a.</summary>
    private static ConversationTree Tree(params string[] nodes) => new(nodes.Select(node =>
    {
        var parts = node.Split(':', '=');
        GenerationId? other = parts.Length > 1 ? Id(parts[1]) : null;
        return node.Contains('=', StringComparison.Ordinal)
            ? new TurnNode(Id(parts[0]), null, other)
            : new TurnNode(Id(parts[0]), other);
    }));
}
