namespace Molmo.Demo.Server.Web.Sockets;

/// <summary>
/// Bounds the requests that hold a connection open (WebSockets, and what stands in for them) in all, by visitor and
/// by address. Where a limit is reached, the oldest that nobody has shaken hands on makes room (of one visitor or
/// address only after a moment); where there is none, the new one is refused before it is upgraded.
/// </summary>
/// <remarks>The address does not count on this machine itself, unless a proxy here says for whom it speaks.</remarks>
internal sealed class SocketLimit(MolmoOptions options, TimeProvider time)
{
    /// <summary>Requests beyond <see cref="MolmoOptions.MaxSockets"/> that were told to end and have not yet.</summary>
    public const int Margin = 200;

    private readonly Lock _lock = new();
    private readonly SocketGroup _all = new(options.MaxSockets);
    private readonly SocketGroup _pages = new(options.MaxCircuits);
    private readonly Dictionary<string, SocketGroup> _places = [];
    private readonly HashSet<string> _shaken = [];
    private int _held;

    /// <summary>Connections that are held open now.</summary>
    public int Open
    {
        get
        {
            lock (_lock) return _all.Count;
        }
    }

    /// <summary>Those of them that are pages.</summary>
    public int Pages
    {
        get
        {
            lock (_lock) return _pages.Count;
        }
    }

    /// <summary>Whether a request is, or belongs to, the connection of a page.</summary>
    public static bool IsPage(HttpRequest request) => request.Path.StartsWithSegments("/_blazor");

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!Holds(context.Request))
        {
            await next(context);
            return;
        }
        using var slot = TryEnter(context, Visitors.Find(context.User));
        if (slot is null)
        {
            await new Problem(
                StatusCodes.Status503ServiceUnavailable, new TooManyConnections(), retryAfter: TimeSpan.FromMinutes(1))
                .ExecuteAsync(context);
            return;
        }
        context.Items[typeof(SocketSlot)] = slot;
        await next(context);
    }

    /// <summary>Takes a slot, to be disposed of when the request ends; null where there is none.</summary>
    public SocketSlot? TryEnter(HttpContext context, VisitorId? visitor)
    {
        lock (_lock)
        {
            // Else what takes its time to end would come on top without a bound.
            if (_held >= options.MaxSockets + Margin) return null;
            // The narrowest first: what leaves one of them leaves the wider ones, too.
            List<SocketGroup> groups = [_all];
            if (IsPage(context.Request)) groups.Insert(0, _pages);
            if (ClientAddress.Of(context) is { } address)
                groups.Insert(0, PlaceOf($"address {address}", options.MaxSocketsPerAddress));
            if (visitor is { } who)
                groups.Insert(0, PlaceOf($"visitor {who.Value}", options.MaxSocketsPerVisitor));
            var leaving = new HashSet<SocketSlot>();
            if (!groups.TrueForAll(group => group.MakeRoom(leaving)))
            {
                groups.ForEach(Tidy);
                return null;
            }
            var isShaken = IdOf(context.Request) is { } id && _shaken.Contains(id);
            var slot = new SocketSlot(this, context, groups, time) { IsShaken = isShaken };
            groups.ForEach(group => group.Add(slot));
            _held++;
            foreach (var other in leaving)
            {
                Forget(other);
                other.Abort();
            }
            return slot;
        }
    }

    /// <summary>Says that somebody has shaken hands on the connection that this request belongs to.</summary>
    public void Shake(HttpContext context)
    {
        lock (_lock)
        {
            if (context.Items[typeof(SocketSlot)] is SocketSlot slot) slot.IsShaken = true;
            // Who cannot use WebSockets asks again and again; only the id of its connection stays.
            if (IdOf(context.Request) is { } id) _shaken.Add(id);
        }
    }

    /// <summary>The connection has ended.</summary>
    public void Part(HttpContext context)
    {
        lock (_lock)
            if (IdOf(context.Request) is { } id) _shaken.Remove(id);
    }

    /// <summary>The request has ended.</summary>
    public void Leave(SocketSlot slot)
    {
        lock (_lock)
        {
            _held--;
            Forget(slot);
        }
    }

    private static bool Holds(HttpRequest request)
        => SameOrigin.IsWebSocket(request) || (HttpMethods.IsGet(request.Method) && IdOf(request) is not null);

    // Of a connection without WebSockets: its requests name it.
    private static string? IdOf(HttpRequest request)
        => (IsPage(request) || request.Path.StartsWithSegments("/hubs")) && !SameOrigin.IsWebSocket(request)
            && request.Query["id"] is [{ Length: > 0 } id] ? id : null;

    private SocketGroup PlaceOf(string name, int limit)
    {
        if (!_places.TryGetValue(name, out var place)) _places[name] = place = new SocketGroup(limit, name);
        return place;
    }

    private void Tidy(SocketGroup group)
    {
        if (group is { Count: 0, Place: { } name }) _places.Remove(name);
    }

    private void Forget(SocketSlot slot)
    {
        foreach (var group in slot.Groups)
            if (group.Remove(slot)) Tidy(group);
    }
}
