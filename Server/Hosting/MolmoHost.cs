using System.ComponentModel.DataAnnotations;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Sharing;

namespace Molmo.Demo.Server.Hosting;

/// <summary>Wires and runs the web application.</summary>
public static class MolmoHost
{
    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--model"] = "Molmo:Model",
        ["--data"] = "Molmo:Data",
        ["--role"] = "Molmo:Role",
        ["--inference"] = "Molmo:Inference",
        ["--key"] = "Molmo:Key",
    };

    /// <exception cref="StartupException">It cannot start; the message says why.</exception>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddCommandLine(args, Switches);
        builder.WebHost.UseStaticWebAssets();
        var options = ReadOptions(builder.Configuration);
        builder.Services.AddSingleton(options);
        builder.AddWeb(options);
        builder.AddImages(options);
        builder.AddEngine(options);
        builder.AddChat(options);
        builder.AddSharing(options);

        var app = builder.Build();
        app.UseWeb(options);
        app.MapImages(options);
        app.MapChat(options);
        app.MapSharing(options);
        app.MapWeb(options);
        return app;
    }

    private static MolmoOptions ReadOptions(ConfigurationManager configuration)
    {
        try
        {
            var options = configuration.GetSection(MolmoOptions.Section).Get<MolmoOptions>() ?? new MolmoOptions();
            Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
            if (options.Role == ServerRole.Web && options.Inference is null)
                throw new StartupException("The web role needs the address of the inference machine: --inference http://that-machine:5001.");
            return options;
        }
        catch (Exception e) when (e is ValidationException or InvalidOperationException)
        {
            throw new StartupException($"The configuration is not valid: {(e.InnerException ?? e).Message}", e);
        }
    }
}
