using System.Diagnostics;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Engine;

/// <summary>
/// Features of pictures: made once for all who ask about a picture, kept for the next question as far as there is room,
/// the longest unused given up first. Used by the engine thread alone.
/// </summary>
/// <param name="begin">Begins a picture on the runner.</param>
/// <param name="room">Bytes that features nobody waits for or uses may take.</param>
internal sealed class PictureQueue(Func<ImageInputs, IPictureFeatures> begin, long room) : IDisposable
{
    private readonly Dictionary<PrefixKey, Picture> _pictures = [];
    private readonly List<Picture> _queue = [];
    private long _clock;

    /// <summary>Pictures whose features are there or waited for.</summary>
    public int Count => _pictures.Count;

    /// <summary>Memory of all of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Pictures begun so far.</summary>
    public long Begun { get; private set; }

    /// <summary>Times that features were there or begun when a sequence asked for them.</summary>
    public long Reused { get; private set; }

    /// <summary>
    /// Gives a sequence its picture's features, as soon as they are begun: the first step does that, so that a picture
    /// that cannot be begun fails like one that cannot go on.
    /// </summary>
    /// <param name="sequence">Has a picture.</param>
    /// <param name="isAhead">Whether nobody waits for it yet.</param>
    public void Take(Sequence sequence, bool isAhead)
    {
        if (!_pictures.TryGetValue(sequence.Prefix, out var picture))
        {
            _pictures[sequence.Prefix] = picture = new Picture(sequence.Prefix, sequence.Image!);
            _queue.Add(picture);
        }
        else if (picture.IsUsedBy(sequence))
        {
            return;
        }
        else
        {
            Reused++;
        }

        picture.Users.Add((sequence, isAhead));
        sequence.Features = picture.Features;
    }

    /// <summary>Takes note that a sequence needs its features no more.</summary>
    public void Return(Sequence sequence)
    {
        if (sequence.Image is null || !_pictures.TryGetValue(sequence.Prefix, out var picture)
            || picture.Users.RemoveAll(user => user.Sequence == sequence) == 0)
            return;
        picture.LastUsed = ++_clock;
        sequence.Features = null;
        if (picture.Users.Count > 0) return;
        // What nobody waits for is not finished.
        if (!picture.IsComplete || sequence.LeavesNothing) Drop(picture);
        else Shrink();
    }

    /// <summary>
    /// The picture to go on with: those that somebody waits for first, of these that of the visitor who was served
    /// least. One that cannot pause goes on, unless nobody waits for it and somebody for another.
    /// </summary>
    /// <param name="withAhead">Whether pictures that nobody waits for are meant too.</param>
    public Picture? Next(bool withAhead)
    {
        Picture? best = null;
        foreach (var picture in _queue)
        {
            if (picture.IsAhead && (!withAhead || best is { IsAhead: false })) continue;
            if (best is null || (best.IsAhead && !picture.IsAhead) || IsBefore(picture, best)) best = picture;
        }

        return best;

        static bool IsBefore(Picture picture, Picture other)
            => picture.IsAhead == other.IsAhead && other.MayPause
                && (!picture.MayPause || picture.Served < other.Served);
    }

    /// <summary>Does one step of a picture.</summary>
    public void Step(Picture picture, CancellationToken cancellationToken)
    {
        if (picture.Features is not { } features)
        {
            picture.Features = features = begin(picture.Image);
            foreach (var (sequence, _) in picture.Users) sequence.Features = features;
            Bytes += features.Bytes;
            Begun++;
        }

        features.Step(cancellationToken);
        if (features.IsComplete) _queue.Remove(picture);
    }

    /// <summary>Forgets a picture that cannot be made, and says whose it was.</summary>
    public List<Sequence> Fail(Picture picture)
    {
        List<Sequence> users = [.. picture.Users.Select(user => user.Sequence)];
        foreach (var user in users) user.Features = null;
        Drop(picture);
        return users;
    }

    /// <summary>Gives up what is kept under such keys and not in use.</summary>
    public void Forget(Predicate<PrefixKey> isSuch)
    {
        foreach (var picture in _pictures.Values.Where(p => isSuch(p.Key) && p.Users.Count == 0).ToList())
            Drop(picture);
    }

    /// <summary>Gives up all that is not in use; whether that was anything.</summary>
    public bool Clear()
    {
        var unused = _pictures.Values.Where(picture => picture.Users.Count == 0).ToList();
        foreach (var picture in unused) Drop(picture);
        return unused.Count > 0;
    }

    public void Dispose()
    {
        foreach (var picture in _pictures.Values) picture.Features?.Dispose();
    }

    private void Shrink()
    {
        while (Bytes > room && _pictures.Values.Where(picture => picture.Users.Count == 0)
            .MinBy(picture => picture.LastUsed) is { } oldest)
            Drop(oldest);
    }

    private void Drop(Picture picture)
    {
        Debug.Assert(_pictures[picture.Key] == picture, "In the table.");
        _pictures.Remove(picture.Key);
        _queue.Remove(picture);
        Bytes -= picture.Features?.Bytes ?? 0;
        picture.Features?.Dispose();
    }

    /// <summary>A picture with those who wait for its features or use them.</summary>
    internal sealed class Picture(PrefixKey key, ImageInputs image)
    {
        public PrefixKey Key { get; } = key;

        public ImageInputs Image { get; } = image;

        /// <summary>Null before the first step.</summary>
        public IPictureFeatures? Features { get; set; }

        public bool IsComplete => Features is { IsComplete: true };

        public bool MayPause => Features is null or { MayPause: true };

        public List<(Sequence Sequence, bool IsAhead)> Users { get; } = [];

        /// <summary>When somebody used it last, by a clock that counts uses.</summary>
        public long LastUsed { get; set; }

        /// <summary>Whether nobody waits for it.</summary>
        public bool IsAhead => Users.TrueForAll(user => user.IsAhead);

        public bool IsUsedBy(Sequence sequence)
        {
            foreach (var user in Users)
                if (user.Sequence == sequence) return true;
            return false;
        }

        /// <summary>Positions computed for the one of its visitors who was served least.</summary>
        public long Served => Users.Min(user => user.Sequence.Served);
    }
}
