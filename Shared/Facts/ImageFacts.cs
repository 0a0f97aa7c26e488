namespace Molmo.Demo.Shared.Facts;

// What can be said about a picture that was not taken.

/// <summary>More bytes than are taken.</summary>
public sealed record PhotoTooLarge(int Megabytes, int Limit) : Fact;

/// <summary>More bytes than are taken; nobody knows how many.</summary>
public sealed record PhotoOverLimit(int Limit) : Fact;

/// <summary>An upload without a file.</summary>
public sealed record ImageMissing(string Field) : Fact;

/// <summary>An upload that ended early.</summary>
public sealed record UploadBroken : Fact;

/// <summary>An upload that took too long.</summary>
public sealed record UploadTooSlow : Fact;

/// <summary>More uploads in a minute than are taken.</summary>
public sealed record TooManyUploads(int Limit) : Fact;

/// <summary>The visitor's pictures take as much room as they may.</summary>
public sealed record StorageShareFull(int Megabytes) : Fact;

/// <summary>A chat without trace has ended before the picture came.</summary>
public sealed record PrivateChatOverForPhoto : Fact;

/// <summary>Chats without trace take as much memory as they may.</summary>
public sealed record PrivateMemoryFull : Fact;

/// <summary>Too many pictures are arriving.</summary>
public sealed record UploadsBusy : Fact;

/// <summary>No room on the disk for a picture.</summary>
public sealed record StorageFullForPhoto : Fact;

/// <summary>The storage did not take a picture.</summary>
public sealed record StorageSilentForPhoto : Fact;

/// <summary>A kind of the file type that is not read.</summary>
public sealed record VariantUnsupported(string Format) : Fact;

/// <summary>A file that ends before the picture does.</summary>
public sealed record PictureIncomplete(string Format) : Fact;

/// <summary>A file that takes far more work than its size says.</summary>
public sealed record PictureTooMuchWork(string Format) : Fact;

/// <summary>A file that cannot be opened.</summary>
public sealed record PictureBroken(string Format) : Fact;

/// <summary>A picture that was taken although a checksum of its file is wrong.</summary>
public sealed record PictureChecksumWrong : Fact;

/// <summary>More pixels than are taken.</summary>
public sealed record TooManyPixels(int Width, int Height, int Megapixels, int Limit) : Fact;

/// <summary>More pixels a side than are taken.</summary>
public sealed record SideTooLong(int Width, int Height, int Limit) : Fact;

/// <summary>More pixels than are taken; nobody knows how many.</summary>
public sealed record PixelsOverLimit(int Megapixels) : Fact;

/// <summary>A file without a byte.</summary>
public sealed record FileEmpty : Fact;

/// <summary>A photo as iPhones take them.</summary>
public sealed record HeicUnsupported : Fact;

/// <summary>A file that is no picture, or none that is read.</summary>
public sealed record FileTypeUnknown : Fact;

/// <summary>A picture for an inference machine whose address is not its hash.</summary>
public sealed record PictureAddressInvalid : Fact;

/// <summary>A picture for an inference machine whose length is not told.</summary>
public sealed record PictureLengthMissing : Fact;

/// <summary>A picture for an inference machine that is larger than any that is stored.</summary>
public sealed record PictureOverLimit : Fact;

/// <summary>A picture for an inference machine that is not what its address says.</summary>
public sealed record PictureHashDiffers : Fact;
