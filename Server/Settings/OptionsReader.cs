using System.ComponentModel.DataAnnotations;

namespace Molmo.Demo.Server.Settings;

/// <summary>Reads a section of the configuration and checks its ranges, before anything starts.</summary>
internal static class OptionsReader
{
    /// <exception cref="StartupException">A value is not of its type or out of its range; the message names it.</exception>
    public static T Read<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        try
        {
            var options = configuration.GetSection(section).Get<T>() ?? new T();
            Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
            return options;
        }
        catch (Exception e) when (e is ValidationException or InvalidOperationException)
        {
            throw new StartupException($"The configuration section {section} is not valid: {(e.InnerException ?? e).Message}", e);
        }
    }
}
