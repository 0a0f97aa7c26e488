using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Images;

/// <summary>What takes pictures in and keeps them.</summary>
internal sealed class ImagesModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
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
    }
}

/// <summary>The addresses of visitors' pictures.</summary>
internal sealed class ImageApiModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options) => builder.Services.AddSingleton<ImageApi>();

    public void Map(WebApplication app, MolmoOptions options) => app.Services.GetRequiredService<ImageApi>().Map(app);
}
