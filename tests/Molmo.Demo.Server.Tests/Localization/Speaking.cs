namespace Molmo.Demo.Server.Tests.Localization;

/// <summary>Lets a reader of another language read.</summary>
internal static class Speaking
{
    /// <summary>Gives what is made while the words of the current thread are in a language.</summary>
    public static T In<T>(string language, Func<T> make)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        try
        {
            return make();
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }
}
