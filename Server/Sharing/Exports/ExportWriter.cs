using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// Writes an export in the format that was asked for. Pictures come from the store, by their content.
/// </summary>
internal sealed class ExportWriter(ImageStore images) : IDisposable
{
    // A large photo as PNG takes a core for seconds: one at a time.
    private readonly SemaphoreSlim _painting = new(1, 1);

    /// <summary>What can be asked for: the extension and what the menu calls it.</summary>
    public static ImmutableArray<string> Formats { get; } =
        ["json", "csv", "coco.json", "ls.json", "ls.xml", "md", "svg", "png", "html"];

    /// <param name="export">What is written.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="turn">For a file of one picture: number of the answer; null for the first that points.</param>
    /// <param name="photo">For SVG: what lies under the dots.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where there is no such format, answer, or picture.</returns>
    public async Task<ExportFile?> WriteAsync(
        Export export, string format, int? turn, SvgPhoto photo, CancellationToken cancellationToken)
    {
        // What people read is in their language; what programs read is English, as its format is. Set for this call
        // only: it ends with an async method.
        if (format is not ("html" or "md" or "svg")) CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        switch (format)
        {
            case "json": return ExportFile.Of(export, format, "application/json", JsonExport.Write(export));
            case "csv": return ExportFile.Of(export, format, "text/csv; charset=utf-8", CsvExport.Write(export));
            case "coco.json": return ExportFile.Of(export, format, "application/json", CocoExport.Write(export));
            case "ls.json": return ExportFile.Of(export, format, "application/json", LabelStudioExport.Write(export));
            case "ls.xml":
                return ExportFile.Of(export, format, "application/xml", LabelStudioConfiguration.Of(export).ToBytes());
            case "md":
                return ExportFile.Of(export, format, "text/markdown; charset=utf-8", MarkdownExport.Write(export));
            case "html":
                return ExportFile.Of(
                export, format, "text/html; charset=utf-8", await PageAsync(export, cancellationToken));
        }
        if ((turn is { } number ? export.Turns.FirstOrDefault(one => one.Number == number) : export.MainTurn)
            is not { Picture: { } picture } shown)
            return null;
        switch (format)
        {
            case "svg":
                var source = photo switch
                {
                    SvgPhoto.None => null,
                    SvgPhoto.Linked when picture.Address is not null => picture.Address,
                    _ => await DataAsync(picture, cancellationToken),
                };
                return ExportFile.Of(export, format, "image/svg+xml", SvgExport.Write(export, shown, picture, source));
            case "png":
                return await images.LoadAsync(picture.Hash, cancellationToken) is { } raster
                    ? ExportFile.Of(export, format, "image/png", await PaintAsync(shown, raster, cancellationToken))
                    : null;
            default:
                return null;
        }
    }

    public void Dispose() => _painting.Dispose();

    private async Task<byte[]> PaintAsync(ExportTurn turn, RgbImage photo, CancellationToken cancellationToken)
    {
        await _painting.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => PngExport.Write(turn, photo), cancellationToken);
        }
        finally
        {
            _painting.Release();
        }
    }

    private async Task<byte[]> PageAsync(Export export, CancellationToken cancellationToken)
    {
        var photos = new Dictionary<int, string>();
        foreach (var picture in export.Pictures)
            if (await DataAsync(picture, cancellationToken) is { } data) photos[picture.Number] = data;
        return AnswerPage.WriteFile(export, photos);
    }

    private async Task<string?> DataAsync(ExportImage picture, CancellationToken cancellationToken)
        => await images.ReadStoredAsync(picture.Hash, cancellationToken) is { } bytes
            ? $"data:{StoredForm.ContentType(picture.Format)};base64,{Convert.ToBase64String(bytes)}"
            : null;
}
