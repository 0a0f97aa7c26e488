using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Images;

/// <summary>What takes pictures in and keeps them.</summary>
internal sealed class ImagesModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddSingleton(OptionsReader.Read<ImageOptions>(builder.Configuration, ImageOptions.Section));
        builder.Services.AddSingleton<ImageIntake>();
        builder.Services.AddSingleton<DecodedImages>();
        builder.Services.AddSingleton<CropCache>();
        builder.Services.AddSingleton<SampleGallery>();
        builder.Services.AddSingleton<PrivateImages>();
        builder.Services.AddSingleton<UploadReader>();
        builder.Services.AddSingleton<ImageStore>();
        builder.Services.AddSingleton<IImageCatalog>(services => services.GetRequiredService<ImageStore>());
        builder.Services.AddSingleton<Thumbnails>();
    }

    public void Map(WebApplication app, MolmoOptions options)
        => app.Services.GetRequiredService<ImageFiles>().Deleted +=
            app.Services.GetRequiredService<DecodedImages>().Remove;
}

/// <summary>The addresses of visitors' pictures.</summary>
internal sealed class ImageApiModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options) => builder.Services.AddSingleton<ImageApi>();

    public void Map(WebApplication app, MolmoOptions options) => app.Services.GetRequiredService<ImageApi>().Map(app);
}
