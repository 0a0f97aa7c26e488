using System.Threading.Channels;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Lets a fixed number of answers run and keeps the others waiting, one visitor after the other: who asks fifty
/// questions delays nobody by more than one of them.
/// </summary>
internal sealed class Admission(int slots, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(VisitorId Visitor, LinkedList<Ticket> Tickets)> _visitors = new();
    private double? _meanSeconds;
    private int _running;
    private int _waiting;

    public int Running
    {
        get { lock (_gate) return _running; }
    }

    public int Waiting
    {
        get { lock (_gate) return _waiting; }
    }

    /// <summary>Takes a place in the queue. Disposing the ticket gives the place or the slot back.</summary>
    public Ticket Enter(VisitorId visitor)
    {
        var ticket = new Ticket(this, visitor);
        lock (_gate)
        {
            var own = _visitors.FirstOrDefault(v => v.Visitor == visitor).Tickets;
            if (own is null) _visitors.AddLast((visitor, own = []));
            own.AddLast(ticket);
            _waiting++;
            AdmitInGate();
        }
        return ticket;
    }

    /// <summary>
    /// How long someone with this many ahead waits, from the length of recent answers; null before the first one.
    /// </summary>
    public double? EstimateSeconds(int ahead)
    {
        lock (_gate) return _meanSeconds * (ahead + 1) / slots;
    }

    /// <summary>Estimated wait of a question asked now: none while a slot is free.</summary>
    public double? EstimateSeconds()
    {
        lock (_gate) return _running < slots ? 0 : _meanSeconds * (_waiting + 1) / slots;
    }

    private void AdmitInGate()
    {
        while (_running < slots && _visitors.First is { } first)
        {
            var ticket = first.Value.Tickets.First!.Value;
            _visitors.RemoveFirst();
            first.Value.Tickets.RemoveFirst();
            if (first.Value.Tickets.Count > 0) _visitors.AddLast(first);
            _waiting--;
            _running++;
            ticket.Admit(time.GetTimestamp());
        }
        var position = 0;
        for (var round = _visitors.Select(v => v.Tickets.First).ToList(); round.Count > 0;)
        {
            foreach (var ticket in round) ticket!.Value.Announce(position++);
            round = round.Select(t => t!.Next).Where(t => t is not null).ToList();
        }
    }

    private void Leave(Ticket ticket)
    {
        lock (_gate)
        {
            if (ticket.AdmittedAt is { } since)
            {
                var seconds = time.GetElapsedTime(since).TotalSeconds;
                _meanSeconds = _meanSeconds is { } mean ? mean + (seconds - mean) / 8 : seconds;
                _running--;
            }
            else
            {
                var own = _visitors.First(v => v.Visitor == ticket.Visitor);
                own.Tickets.Remove(ticket);
                if (own.Tickets.Count == 0) _visitors.Remove(own);
                _waiting--;
                ticket.Close();
            }
            AdmitInGate();
        }
    }

    /// <summary>One place in the queue, later one slot.</summary>
    internal sealed class Ticket(Admission admission, VisitorId visitor) : IDisposable
    {
        private readonly Channel<int> _positions = Channel.CreateBounded<int>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

        private int _position = -1;
        private int _left;

        public VisitorId Visitor { get; } = visitor;

        internal long? AdmittedAt { get; private set; }

        /// <summary>
        /// How many are ahead, again after each change (a slow reader sees the newest); ends when it is this one's
        /// turn.
        /// </summary>
        public IAsyncEnumerable<int> WaitAsync(CancellationToken cancellationToken)
            => _positions.Reader.ReadAllAsync(cancellationToken);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) admission.Leave(this);
        }

        internal void Announce(int position)
        {
            if (position == _position) return;
            _position = position;
            _positions.Writer.TryWrite(position);
        }

        internal void Admit(long at)
        {
            AdmittedAt = at;
            Close();
        }

        internal void Close() => _positions.Writer.TryComplete();
    }
}
