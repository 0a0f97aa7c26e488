using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Images;

/// <summary>What crops are made of; equal keys give equal crops.</summary>
/// <param name="Hash">Content of the stored picture.</param>
/// <param name="Region">The part that is asked about alone; null for all of it.</param>
/// <param name="Preprocessor">A checkpoint's: two never share crops, as their tokens differ.</param>
/// <param name="MaxCrops">High-resolution crops at most.</param>
/// <param name="Passing">The conversation without trace that they go with; null for what is stored.</param>
internal sealed record CropKey(
    string Hash, ImageRegion? Region, MultiCropPreprocessor Preprocessor, int MaxCrops, ConversationId? Passing);

/// <summary>
/// The crops that questions were asked about last, so that the next question about a picture finds the very same ones
/// and decodes nothing. At most 18 MB a picture with the usual 12 crops, where its pixels may take 190.
/// </summary>
internal sealed class CropCache
{
    /// <summary>Far more crops than any engine remembers.</summary>
    private const int MostNames = 10_000;

    private readonly RecentPictures<CropKey, ImageInputs> _recent;
    private readonly RecentPictures<CropKey, string> _names = new(MostNames, _ => 1);
    private readonly PrivateChats _chats;
    private readonly Lock _private = new();

    public CropCache(ImageOptions options, PrivateChats chats, ImageFiles files)
    {
        _recent = new((long)options.CropMegabytes << 20, BytesOf);
        _chats = chats;
        chats.Ended += Forget;
        files.Deleted += Remove;
    }

    /// <summary>
    /// Raised with the <see cref="ImageInputs.ContentKey"/> of crops of a picture whose bytes are gone; the crops
    /// themselves may be gone longer.
    /// </summary>
    public event Action<string>? Removed;

    /// <summary>The caller has checked who may see the picture, and that it is still there.</summary>
    public ImageInputs? Find(CropKey key)
    {
        // Used now.
        _names.Find(key);
        return _recent.Find(key);
    }

    /// <summary>
    /// Keeps crops. A picture that was deleted while they were made was forgotten before: the caller looks again, and
    /// then calls <see cref="Remove"/>.
    /// </summary>
    /// <returns>The ones to use: others that were kept meanwhile come first.</returns>
    public ImageInputs Add(CropKey key, ImageInputs inputs)
    {
        if (key.Passing is not { } conversation)
        {
            _names.Add(key, inputs.ContentKey);
            return _recent.Add(key, inputs);
        }

        // One that ends just now is forgotten under the same lock, and then unknown.
        lock (_private) return _chats.OwnerOf(conversation) is null ? inputs : _recent.Add(key, inputs);
    }

    /// <summary>Drops what was made of a picture whose bytes are gone.</summary>
    public void Remove(string hash)
    {
        _recent.RemoveAll(IsMeant);
        foreach (var name in _names.RemoveAll(IsMeant)) Removed?.Invoke(name);

        bool IsMeant(CropKey key) => key.Hash == hash && key.Passing is null;
    }

    private void Forget(ConversationId conversation)
    {
        lock (_private) _recent.RemoveAll(key => key.Passing == conversation);
    }

    private static long BytesOf(ImageInputs inputs)
        => sizeof(float) * (inputs.Patches.LongLength + inputs.Masks.LongLength)
            + sizeof(int) * ((long)inputs.ImageTokenPositions.Length + inputs.ImageTokenIds.Length);
}
