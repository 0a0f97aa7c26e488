using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Tests.Web;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("198.51.100.4", "", "198.51.100.4")]
    [InlineData("198.51.100.4", "X-Forwarded-For: 203.0.113.7", "198.51.100.4")]
    [InlineData("::ffff:198.51.100.4", "", "198.51.100.4")]
    [InlineData("2001:db8:1:2:3:4:5:6", "", "20010db800010002")]
    [InlineData("127.0.0.1", "", null)]
    [InlineData("::1", "", null)]
    [InlineData("127.0.0.1", "X-Forwarded-For: 203.0.113.7", "203.0.113.7")]
    [InlineData("::1", "X-Forwarded-For: 192.0.2.1, 203.0.113.7:4711", "203.0.113.7")]
    [InlineData("127.0.0.1", "X-Forwarded-For: 2001:db8:1:2::9", "20010db800010002")]
    [InlineData("127.0.0.1", "X-Forwarded-For: [2001:db8:1:2::9]:443", "20010db800010002")]
    [InlineData("127.0.0.1", "X-Forwarded-For: 192.0.2.1|X-Forwarded-For: 203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.1", "X-Real-IP: 203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.1", "X-Real-IP: 203.0.113.7|X-Forwarded-For: 192.0.2.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.1", "Forwarded: for=192.0.2.1, For=\"203.0.113.7:80\";proto=https", "203.0.113.7")]
    [InlineData("127.0.0.1", "Forwarded: proto=https;for=\"[2001:db8:1:2::9]:4711\"", "20010db800010002")]
    [InlineData("127.0.0.1", "X-Forwarded-For: 127.0.0.1", "127.0.0.1")]
    public void Of_ConnectionAndHeaders_IsTheNearestOtherMachine(string remote, string headers, string? expected)
        => Assert.Equal(expected, ClientAddress.Of(Request(remote, headers)));

    [Theory]
    [InlineData("X-Forwarded-For: somebody")]
    [InlineData("X-Forwarded-For:")]
    [InlineData("X-Forwarded-For: 203.0.113.7, ")]
    [InlineData("Forwarded: for=_hidden")]
    [InlineData("Forwarded: by=203.0.113.7")]
    [InlineData("Via: 1.1 proxy")]
    [InlineData("X-Forwarded-Host: molmo.example")]
    [InlineData("X-Real-IP: 203.0.113.7|X-Forwarded-For: 192.0.2.1")]
    public void Of_ProxyThatNamesNobodyOrTwo_IsOnePlaceForAllSuch(string headers)
    {
        Assert.Equal(ClientAddress.Of(Request("127.0.0.1", "Via: 1.1 another")),
            ClientAddress.Of(Request("127.0.0.1", headers)));
        Assert.NotNull(ClientAddress.Of(Request("127.0.0.1", headers)));
        Assert.False(ClientAddress.IsThisMachine(Request("127.0.0.1", headers)));
    }

    [Fact]
    public void IsThisMachine_LoopbackAlone_AndNothingElse()
    {
        Assert.True(ClientAddress.IsThisMachine(Request("127.0.0.1", "")));
        Assert.True(ClientAddress.IsThisMachine(Request("::1", "")));
        Assert.False(ClientAddress.IsThisMachine(Request("198.51.100.4", "")));
        Assert.False(ClientAddress.IsThisMachine(new DefaultHttpContext()));
    }

    private static DefaultHttpContext Request(string remote, string headers)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        foreach (var header in headers.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = header[..header.IndexOf(':', StringComparison.Ordinal)];
            context.Request.Headers[name] =
                StringValues.Concat(context.Request.Headers[name], header[(name.Length + 1)..].TrimStart());
        }
        return context;
    }
}
