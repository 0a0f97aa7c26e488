using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Images;

/// <summary>Registers and routes this folder.</summary>
public static class ImagesModule
{
    public static void AddImages(this WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddSingleton(OptionsReader.Read<ImageOptions>(builder.Configuration, ImageOptions.Section));
        builder.Services.AddSingleton<PictureIntake>();
        builder.Services.AddSingleton<DecodedPictures>();
        builder.Services.AddSingleton<SampleGallery>();
        builder.Services.AddSingleton<PrivatePictures>();
        builder.Services.AddSingleton<UploadReader>();
        builder.Services.AddSingleton<ImageStore>();
        builder.Services.AddSingleton<IImageCatalog>(services => services.GetRequiredService<ImageStore>());
        builder.Services.AddSingleton<Thumbnails>();
        builder.Services.AddSingleton<ImageApi>();
    }

    public static void MapImages(this WebApplication app, MolmoOptions options)
    {
        var files = app.Services.GetRequiredService<PictureFiles>();
        files.Sweep();
        files.Deleted += app.Services.GetRequiredService<DecodedPictures>().Remove;
        if (options.Role != ServerRole.Inference) app.Services.GetRequiredService<ImageApi>().Map(app);
    }
}
