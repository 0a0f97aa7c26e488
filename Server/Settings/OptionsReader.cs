using System.ComponentModel.DataAnnotations;

namespace Molmo.Demo.Server.Settings;

/// <summary>Reads the configuration and checks it, before anything starts.</summary>
internal static class OptionsReader
{
    /// <summary>The section <see cref="MolmoOptions.Section"/>, whose values must also go together.</summary>
    /// <exception cref="StartupException">A value is missing or not valid; the message says what to write.</exception>
    public static MolmoOptions Read(IConfiguration configuration)
    {
        var options = Read<MolmoOptions>(configuration, MolmoOptions.Section);
        if (options.Role == ServerRole.Web && options.Inference is null)
            throw new StartupException(
                "The web role needs the address of the inference machine: --inference http://that-machine:5001.");
        _ = DeviceChoice.Parse(options.Device);
        if (options.ApiKeys.Any(key => key.Length < 16))
            throw new StartupException(
                "A key of Molmo:ApiKeys is shorter than 16 characters, so it could be guessed. Give longer ones.");
        if (options.PublicUrl is { } address && (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https")))
            throw new StartupException(
                $"Molmo:PublicUrl is {address}, which is no address of a site. Write it as https://molmo.example.");
        if (options.PublicUrl is { PathAndQuery.Length: > 1 } below)
            throw new StartupException($"Molmo:PublicUrl is {below}, below a path of its site. "
                + $"This program needs a name or a port of its own, such as https://molmo.{below.Host}.");
        if (options.EmbedAncestors.AsSpan().IndexOfAny(";,\r\n") >= 0)
            throw new StartupException($"Molmo:EmbedAncestors is \"{options.EmbedAncestors}\". "
                + $"Write the sites that may frame answers with spaces between them, or * for all, or 'none'.");
        return options;
    }

    /// <summary>A section, whose ranges are checked.</summary>
    /// <exception cref="StartupException">A value is not of its type or out of its range; the message names
    /// it.</exception>
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
            throw new StartupException(
                $"The configuration section {section} is not valid: {(e.InnerException ?? e).Message}", e);
        }
    }
}
