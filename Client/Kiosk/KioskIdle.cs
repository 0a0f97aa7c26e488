namespace Molmo.Demo.Client.Kiosk;

/// <summary>After how long without a touch a chat that was opened from the loop goes back to it.</summary>
public static class KioskIdle
{
    /// <summary>Seconds, where the address says nothing.</summary>
    public const int Standard = 60;

    /// <summary>Seconds as an address has them, made to fit 5 to 3,600; null where they are absent or no number.</summary>
    public static int? Read(string? text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? Math.Clamp(seconds, 5, 3600) : null;
}
