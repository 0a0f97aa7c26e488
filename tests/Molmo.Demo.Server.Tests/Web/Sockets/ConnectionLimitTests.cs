using System.Net;
using Microsoft.AspNetCore.Connections;
using Molmo.Demo.Server.Web.Sockets;

namespace Molmo.Demo.Server.Tests.Web.Sockets;

public sealed class ConnectionLimitTests
{
    private readonly ConnectionLimit _limit = new(most: 2);

    [Fact]
    public async Task Connections_FromOneAddress_AreBoundedUntilOneEnds()
    {
        var first = new Connection("198.51.100.4");
        var second = new Connection("198.51.100.4");
        var (serving, _) = (first.ServeAsync(_limit), second.ServeAsync(_limit));
        var third = new Connection("198.51.100.4");
        await third.ServeAsync(_limit);
        Assert.Equal((true, true, false, true), (first.IsServed, second.IsServed, third.IsServed, third.IsAborted));

        first.End();
        await serving;
        var fourth = new Connection("198.51.100.4");
        _ = fourth.ServeAsync(_limit);
        Assert.True(fourth.IsServed);
        Assert.False(second.IsAborted);
    }

    [Theory]
    [InlineData("198.51.100.4", "198.51.100.5", true)]
    [InlineData("198.51.100.4", "::ffff:198.51.100.4", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2::2", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", true)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("::1", "::1", true)]
    public void Connections_FromAnotherPlaceOrThisMachine_AreServed(string full, string asking, bool isServed)
    {
        for (var i = 0; i < 2; i++) _ = new Connection(full).ServeAsync(_limit);
        var connection = new Connection(asking);
        _ = connection.ServeAsync(_limit);
        Assert.Equal(isServed, connection.IsServed);
    }

    [Fact]
    public async Task Connection_ThatFails_LeavesItsPlace()
    {
        for (var i = 0; i < 3; i++)
        {
            var failing = new Connection("198.51.100.4");
            var serving = failing.ServeAsync(_limit);
            failing.Fail();
            await Assert.ThrowsAsync<IOException>(() => serving);
            Assert.True(failing.IsServed);
        }
    }

    private sealed class Connection : DefaultConnectionContext
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Connection(string address) => RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 4711);

        public bool IsServed { get; private set; }

        public bool IsAborted { get; private set; }

        public Task ServeAsync(ConnectionLimit limit) => limit.InvokeAsync(this, _ =>
        {
            IsServed = true;
            return _end.Task;
        });

        public void End() => _end.SetResult();

        public void Fail() => _end.SetException(new IOException());

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;
    }
}
