using Microsoft.AspNetCore.DataProtection;

namespace Molmo.Demo.Server.Storage;

/// <summary>The data folder with its database, pictures and keys.</summary>
internal sealed class StorageModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        var services = builder.Services;
        var folder = new DataFolder(options.Data);
        services.AddSingleton(_ => folder);
        var (database, remark) = DataStart.Open(folder, options);
        services.AddSingleton(_ => database);
        services.AddSingleton<StorageHealth>();
        services.AddSingleton<ImageFiles>();
        services.AddHostedService<StorageProbe>();
        services.AddHostedService<DatabaseCheck>();
        services.AddHostedService(
            provider => new DataStart.Notice(remark, provider.GetRequiredService<ILogger<DataStart.Notice>>()));
        KeyFiles.SetAsideDamaged(folder.Keys);
        services.AddDataProtection()
            .PersistKeysToFileSystem(new DirectoryInfo(folder.Keys)).SetApplicationName("Molmo.Demo");
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        // Resolved once so that the container closes them with the host: first the database, then the lock on its
        // folder.
        app.Services.GetRequiredService<DataFolder>();
        app.Services.GetRequiredService<Database>();
        app.Services.GetRequiredService<ImageFiles>().Sweep();
    }
}
