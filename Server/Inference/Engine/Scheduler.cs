using System.Diagnostics;

namespace Molmo.Demo.Inference.Engine;

/// <summary>
/// Decides which sequences go through the network next (continuous batching). Every running answer goes on in every
/// pass; prompts go through in pieces beside them, taking turns between visitors. What nobody waits for yet is computed
/// when there is nothing else.
/// </summary>
/// <remarks>
/// Every running sequence was admitted before every waiting one: the newest running one is preempted where blocks run
/// out, and returns to the head of the queue. Used by the engine thread alone; steps of running answers allocate
/// nothing.
/// </remarks>
internal sealed class Scheduler
{
    private readonly BlockManager _blocks;
    private readonly PictureQueue _pictures;
    private readonly StepBudget _budget;
    private readonly int _maxSequences;
    private readonly bool _mixesPhases;

    // Less than what is allowed once a device had too little memory for that, until a sequence has ended.
    private int _mostSequences;
    private int _mostPrompts;
    private bool _mixesNow;
    private bool _promptsWereLast;
    private readonly List<Sequence> _waiting = [];
    private readonly List<Sequence> _running;
    private readonly List<Sequence> _ahead = [];
    private readonly List<Sequence> _step;
    private readonly Batch _prefill;
    private readonly Batch _decode;

    /// <param name="blocks">Memory for keys and values.</param>
    /// <param name="pictures">Makes features.</param>
    /// <param name="budget">How much of the prompts goes into a pass.</param>
    /// <param name="maxSequences">Sequences that run together.</param>
    /// <param name="mixesPhases">Whether answers and prompts share passes, or take turns.</param>
    public Scheduler(
        BlockManager blocks, PictureQueue pictures, StepBudget budget, int maxSequences, bool mixesPhases)
    {
        _blocks = blocks;
        _pictures = pictures;
        _budget = budget;
        _maxSequences = maxSequences;
        _mixesPhases = mixesPhases;
        Widen();
        _running = new List<Sequence>(maxSequences);
        _step = new List<Sequence>(maxSequences + 1);
        _prefill = new Batch(Phase.Prefill, _step);
        _decode = new Batch(Phase.Decode, _step);
    }

    public int RunningCount => _running.Count;

    public int WaitingCount => _waiting.Count;

    /// <summary>
    /// Takes a new sequence at the end of the queue. It fits into all blocks together at its full length.
    /// </summary>
    public void Add(Sequence sequence) => _waiting.Add(sequence);

    /// <summary>Takes a prompt whose keys and values are to be there before anybody asks.</summary>
    public void AddAhead(Sequence sequence)
    {
        _ahead.Add(sequence);
        // The picture can be begun at once; the rest waits for an idle moment.
        if (!_blocks.TryBegin(sequence, _running.Count) || sequence.NeedsPicture)
            _pictures.Take(sequence, isAhead: true);
    }

    /// <summary>Forgets a sequence that has ended, running or waiting, and frees its blocks.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="keep">Whether what was computed for it is right, so that others may have it.</param>
    public void Remove(Sequence sequence, bool keep = true)
    {
        if (!_running.Remove(sequence) && !_waiting.Remove(sequence)) _ahead.Remove(sequence);
        _pictures.Return(sequence);
        _blocks.Release(sequence, keep);
        Widen();
    }

    /// <summary>
    /// Takes note that the device has too little memory for the last batch, which was of several sequences: fewer go
    /// together from now on, until one has ended.
    /// </summary>
    public void Narrow(Batch batch)
    {
        Debug.Assert(batch.Sequences.Count > 1, "A lone sequence cannot be taken apart.");
        if (batch.Phase == Phase.Prefill)
        {
            // None of them has been computed, and each may still be alone.
            foreach (var sequence in batch.Sequences) sequence.AbandonPass();
            if (_mostPrompts == 1) _mixesNow = false;
            _mostPrompts = 1;
            return;
        }

        _mostSequences = _running.Count - 1;
        PreemptNewest();
    }

    /// <summary>Takes note that a pass over a piece of a prompt is done.</summary>
    public void Complete(Sequence sequence)
    {
        if (!sequence.NeedsPicture) _pictures.Return(sequence);
        _blocks.Keep(sequence);
    }

    /// <summary>The next batch, valid until the next call; null where there is nothing to compute.</summary>
    /// <param name="withPrompts">Whether prompts take part; else what the answers leave of the time is for
    /// pictures.</param>
    public Batch? Next(bool withPrompts = true)
    {
        _step.Clear();
        Admit();
        Grow();
        foreach (var sequence in _running)
            if (IsAnswering(sequence)) _step.Add(sequence);
        var answers = _step.Count;
        if (withPrompts && (answers == 0 || _mixesNow || !_promptsWereLast))
            AddPrompts(besideAnswers: answers > 0);
        _promptsWereLast = _step.Count > answers;
        if (!_promptsWereLast) return answers > 0 ? _decode : null;
        if (!_mixesNow) _step.RemoveRange(0, answers);
        return _prefill;
    }

    private static bool IsAnswering(Sequence sequence)
        => sequence.ComputedCount == sequence.TokenIds.Count - 1 && IsPictureThere(sequence);

    private static bool IsPictureThere(Sequence sequence)
        => !sequence.NeedsPicture || sequence.Features is { IsComplete: true };

    private void Admit()
    {
        while (_waiting.Count > 0 && _running.Count < _mostSequences)
        {
            var next = NextWaiting();
            // A block is left for each running sequence, else the newcomer would soon be preempted by their growth.
            if (!_blocks.TryBegin(next, _running.Count) && !(YieldAhead() && _blocks.TryBegin(next, _running.Count)))
                return;
            next.Served = RunningOf(next.Visitor) > 0 ? 0 : LeastServed();
            _waiting.Remove(next);
            _running.Add(next);
            if (next.NeedsPicture) _pictures.Take(next, isAhead: false);
        }
    }

    /// <summary>
    /// Whoever was preempted, else the first of the visitor with the fewest running: nobody overtakes that one, even
    /// where it does not fit yet.
    /// </summary>
    private Sequence NextWaiting()
    {
        var best = _waiting[0];
        if (best.WasPreempted) return best;
        var fewest = int.MaxValue;
        foreach (var sequence in _waiting)
        {
            var running = RunningOf(sequence.Visitor);
            if (running < fewest) (best, fewest) = (sequence, running);
        }

        return best;
    }

    private int RunningOf(string? visitor) => visitor is null ? 0 : _running.Count(other => other.Visitor == visitor);

    private void AddPrompts(bool besideAnswers)
    {
        var left = _budget.Positions(besideAnswers);
        for (var prompts = 0; prompts < _mostPrompts && left > 0 && NextPrompt() is { } sequence; prompts++)
        {
            sequence.LimitPass(left);
            left -= sequence.PassEnd - sequence.ComputedCount;
            _step.Add(sequence);
        }

        // Somebody may come at any time, and would wait for the end of the pass.
        if (_step.Count == 0 && _running.Count == 0 && _waiting.Count == 0)
            AddAhead(_budget.Positions(besideAnswers: true));
    }

    /// <summary>Of the visitor who was served least, the first that has something to compute now.</summary>
    private Sequence? NextPrompt()
    {
        Sequence? best = null;
        var least = long.MaxValue;
        foreach (var sequence in _running)
        {
            if (IsAnswering(sequence) || !IsPictureThere(sequence) || _step.Contains(sequence)) continue;
            _blocks.Advance(sequence);
            if (IsAnswering(sequence) || Follows(sequence)) continue;
            var served = ServedOf(sequence);
            if (served < least) (best, least) = (sequence, served);
        }

        return best;
    }

    /// <summary>Whether another prompt is about to compute what this one would: its blocks are waited for.</summary>
    private bool Follows(Sequence sequence)
    {
        var isBefore = true;
        foreach (var other in _running)
        {
            if (other == sequence)
            {
                isBefore = false;
                continue;
            }

            if (other.Prefix != sequence.Prefix || other.ComputedCount < sequence.ComputedCount
                || (other.ComputedCount == sequence.ComputedCount && !isBefore))
                continue;
            var common = _blocks.WholeBlocks(sequence.Tokens[..^1].CommonPrefixLength(other.Tokens));
            if (common > sequence.ComputedCount && other.ComputedCount < common) return true;
        }

        return false;
    }

    /// <summary>Positions computed for all running prompts of a visitor.</summary>
    private long ServedOf(Sequence sequence)
    {
        if (sequence.Visitor is null) return sequence.Served;
        var served = 0L;
        foreach (var other in _running)
            if (other.Visitor == sequence.Visitor) served += other.Served;
        return served;
    }

    /// <summary>
    /// What a new visitor counts as served, so that those who come one after the other do not hold up a long prompt.
    /// </summary>
    private long LeastServed()
    {
        var least = long.MaxValue;
        foreach (var sequence in _running)
            if (!IsAnswering(sequence)) least = Math.Min(least, ServedOf(sequence));
        return least == long.MaxValue ? 0 : least;
    }

    private void AddAhead(int positions)
    {
        foreach (var sequence in _ahead)
        {
            if (sequence.BlockTable.Count == 0)
            {
                if (!_blocks.TryBegin(sequence, 0)) continue;
                if (sequence.NeedsPicture) _pictures.Take(sequence, isAhead: true);
            }

            if (!IsPictureThere(sequence)) continue;
            sequence.LimitPass(positions);
            _step.Add(sequence);
            return;
        }
    }

    /// <summary>Takes the blocks of what nobody waits for; whether there were any.</summary>
    private bool YieldAhead()
    {
        var any = false;
        foreach (var sequence in _ahead)
        {
            if (sequence.BlockTable.Count == 0) continue;
            _blocks.Release(sequence);
            any = true;
        }

        return any;
    }

    private void Grow()
    {
        for (var i = 0; i < _running.Count; i++)
            while (i < _running.Count && !_blocks.TryCover(_running[i]))
                if (!YieldAhead()) PreemptNewest();
    }

    private void PreemptNewest()
    {
        var newest = _running[^1];
        _running.RemoveAt(_running.Count - 1);
        _blocks.Release(newest);
        _pictures.Return(newest);
        newest.WasPreempted = true;
        _waiting.Insert(0, newest);
    }

    private void Widen()
    {
        _mostSequences = _mostPrompts = _maxSequences;
        _mixesNow = _mixesPhases;
    }
}
