using Molmo.Demo.Client.Layout;

namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>A request of which nothing is known.</summary>
internal sealed class FakePageRequest : IPageRequest
{
    public Type? Page => null;

    public bool IsDrawerClosed => false;
}
