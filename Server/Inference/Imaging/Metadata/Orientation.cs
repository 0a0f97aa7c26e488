namespace Molmo.Demo.Inference.Imaging.Metadata;

/// <summary>What must be done to the stored pixels to see the picture upright; numbers as in EXIF tag 0x0112.</summary>
internal enum Orientation
{
    Upright = 1,
    MirrorColumns = 2,
    Rotate180 = 3,
    MirrorRows = 4,
    Transpose = 5,
    Rotate90 = 6,
    Transverse = 7,
    Rotate270 = 8,
}
