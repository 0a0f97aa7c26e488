namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>Why something of a table is not in the folder, as the closing line names it.</summary>
internal static class LeftOut
{
    public const string NoPicture = "rows without a picture in the folder";
    public const string BadPicture = "pictures that cannot be decoded";
    public const string Incomplete = "rows without a question or an answer";
    public const string NoPoints = "rows without points";
    public const string ManyPoints = "rows with more than 40 points";
    public const string OutsidePoints = "rows with points outside the picture";
    public const string LaterTurns = "conversations after their first answer";
}
