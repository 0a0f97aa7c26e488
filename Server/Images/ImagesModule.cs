using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Images;

/// <summary>Registers and routes this folder.</summary>
public static class ImagesModule
{
    public static void AddImages(this WebApplicationBuilder builder, MolmoOptions options)
    {
        var images = OptionsReader.Read<ImageOptions>(builder.Configuration, ImageOptions.Section);
        builder.Services.AddSingleton(images);
        builder.Services.AddSingleton<PictureIntake>();
        builder.Services.AddSingleton<DecodedPictures>();
        builder.Services.AddSingleton<SampleGallery>();
        builder.Services.AddSingleton(services => new PrivatePictures(services.GetRequiredService<PrivateChats>(), images));
        builder.Services.AddSingleton<UploadReader>();
        builder.Services.AddSingleton(services => new ImageStore(
            services.GetRequiredService<PictureFiles>(), services.GetRequiredService<Database>(), services.GetRequiredService<PictureIntake>(),
            services.GetRequiredService<DecodedPictures>(), services.GetRequiredService<SampleGallery>(), services.GetRequiredService<PrivatePictures>(), images, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IImageCatalog>(services => services.GetRequiredService<ImageStore>());
        builder.Services.AddSingleton<Thumbnails>();
        builder.Services.AddSingleton<ImageApi>();
    }

    public static void MapImages(this WebApplication app, MolmoOptions options)
    {
        app.Services.GetRequiredService<PictureFiles>().Sweep();
        if (options.Role != ServerRole.Inference) app.Services.GetRequiredService<ImageApi>().Map(app);
    }
}
