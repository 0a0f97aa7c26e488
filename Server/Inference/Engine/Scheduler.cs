using System.Diagnostics;

namespace Molmo.Demo.Inference.Engine;

/// <summary>
/// Decides which sequences go through the network next (continuous batching). First come, first served; a prompt goes
/// before the running answers' next tokens.
/// </summary>
/// <remarks>
/// Every running sequence arrived before every waiting one: the newest running one is preempted where blocks run out,
/// and returns to the head of the queue. Used by the engine thread alone; steps of running answers allocate nothing.
/// </remarks>
internal sealed class Scheduler
{
    /// <summary>
    /// Positions that prompts of one batch may have together. A longer prompt goes alone, so that whoever waits for it
    /// can end it on the way without anyone else's prompt being run again.
    /// </summary>
    internal const int PrefillPositions = 512;

    private readonly BlockManager _blocks;
    private readonly int _maxSequences;

    // Less than what is allowed once a device had too little memory for that, until a sequence has ended.
    private int _mostSequences;
    private int _mostPrompts;
    private readonly List<Sequence> _waiting = [];
    private readonly List<Sequence> _running;
    private readonly List<Sequence> _step;
    private readonly Batch _prefill;
    private readonly Batch _decode;

    public Scheduler(BlockManager blocks, int maxSequences)
    {
        _blocks = blocks;
        _maxSequences = maxSequences;
        Widen();
        _running = new List<Sequence>(maxSequences);
        _step = new List<Sequence>(maxSequences);
        _prefill = new Batch(Phase.Prefill, _step);
        _decode = new Batch(Phase.Decode, _step);
    }

    public int RunningCount => _running.Count;

    public int WaitingCount => _waiting.Count;

    /// <summary>
    /// Takes a new sequence at the end of the queue. It fits into all blocks together at its full length.
    /// </summary>
    public void Add(Sequence sequence) => _waiting.Add(sequence);

    /// <summary>Forgets a sequence that has ended, running or waiting, and frees its blocks.</summary>
    public void Remove(Sequence sequence)
    {
        if (!_running.Remove(sequence)) _waiting.Remove(sequence);
        _blocks.Release(sequence);
        Widen();
    }

    /// <summary>
    /// Puts sequences of the last batch, of several, back to the head of the queue: the device has too little memory
    /// for them together. Fewer go together from now on, until one has ended.
    /// </summary>
    public void Narrow(Batch batch)
    {
        Debug.Assert(batch.Sequences.Count > 1, "A lone sequence cannot be taken apart.");
        if (batch.Phase == Phase.Decode)
        {
            _mostSequences = _running.Count - 1;
            PreemptNewest();
            return;
        }
        // None of them has been computed. The newest running ones are theirs.
        _mostPrompts = 1;
        for (var i = batch.Sequences.Count; i > 0; i--) PreemptNewest();
    }

    /// <summary>The next batch, valid until the next call; null where there is nothing to do.</summary>
    public Batch? Next()
    {
        _step.Clear();
        Admit();
        if (_step.Count > 0) return _prefill;
        Grow();
        _step.AddRange(_running);
        Debug.Assert(_step.Count > 0 || _waiting.Count == 0, "A lone sequence always fits.");
        return _step.Count > 0 ? _decode : null;
    }

    private void Admit()
    {
        var positions = 0;
        while (_waiting.Count > 0 && _running.Count < _mostSequences && _step.Count < _mostPrompts)
        {
            var head = _waiting[0];
            positions += head.TokenIds.Count;
            if (_step.Count > 0 && positions > PrefillPositions) return;
            // A block is left for each running sequence, else the newcomer would soon be preempted by their growth.
            if (_blocks.BlocksFor(head.TokenIds.Count) + _running.Count > _blocks.FreeCount) return;
            _blocks.TryCover(head);
            _waiting.RemoveAt(0);
            _running.Add(head);
            _step.Add(head);
        }
    }

    private void Widen() => _mostSequences = _mostPrompts = _maxSequences;

    private void Grow()
    {
        for (var i = 0; i < _running.Count; i++)
            while (i < _running.Count && !_blocks.TryCover(_running[i]))
                PreemptNewest();
    }

    private void PreemptNewest()
    {
        var newest = _running[^1];
        _running.RemoveAt(_running.Count - 1);
        _blocks.Release(newest);
        _waiting.Insert(0, newest);
    }
}

/// <summary>Hands out the key/value blocks of a runner. Knows nothing of what is stored in them.</summary>
/// <param name="capacity">Blocks in all; their numbers are 0 to capacity - 1.</param>
/// <param name="blockSize">Positions a block holds.</param>
internal sealed class BlockManager(int capacity, int blockSize)
{
    private readonly Stack<int> _free = new(Enumerable.Range(0, capacity).Reverse());

    /// <summary>Blocks that no sequence holds.</summary>
    public int FreeCount => _free.Count;

    /// <summary>Blocks that so many positions take.</summary>
    public int BlocksFor(int positionCount) => (positionCount + blockSize - 1) / blockSize;

    /// <summary>Gives the sequence the blocks that its tokens still lack.</summary>
    /// <returns>False where there are too few; nothing has changed then.</returns>
    public bool TryCover(Sequence sequence)
    {
        var missing = BlocksFor(sequence.TokenIds.Count) - sequence.BlockTable.Count;
        if (missing > _free.Count) return false;
        for (; missing > 0; missing--) sequence.AddBlock(_free.Pop());
        return true;
    }

    /// <summary>Takes all blocks back; the sequence begins again at its first position.</summary>
    public void Release(Sequence sequence)
    {
        for (var i = sequence.BlockTable.Count - 1; i >= 0; i--) _free.Push(sequence.BlockTable[i]);
        sequence.ClearBlocks();
    }
}

/// <summary>How busy an engine is.</summary>
/// <param name="Running">Sequences in the running batch.</param>
/// <param name="Waiting">Sequences accepted and not running: new ones, and preempted ones.</param>
/// <param name="Steps">Forward passes since the engine began.</param>
/// <param name="FreeBlocks">Key/value blocks that no sequence holds.</param>
public readonly record struct EngineStatistics(int Running, int Waiting, long Steps, int FreeBlocks);
