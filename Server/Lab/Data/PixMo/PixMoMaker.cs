namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>
/// Makes examples of a table's rows. All rows of a picture go into one example, wherever they stand: a first pass
/// counts them, and an example is written with its last one, so that only what is begun is in memory.
/// </summary>
internal sealed class PixMoMaker(
    PixMoTable table, IReadOnlyList<string> files, PictureFolder pictures, ExampleWriter writer, long seed)
{
    private readonly Dictionary<string, int> _remaining = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Draft> _drafts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _leftOut = new(StringComparer.Ordinal);

    /// <summary>How often there was each reason of <see cref="LeftOut"/>.</summary>
    public IReadOnlyDictionary<string, long> LeftOutCounts => _leftOut;

    public long AnnotationCount { get; private set; }

    /// <exception cref="CommandException">A file cannot be read, or writing failed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!table.HasPictures)
        {
            await foreach (var row in ReadAsync(table.PictureColumns, cancellationToken))
            {
                if (Find(row) is not { } path) continue;
                var key = KeyOf(row, path);
                _remaining[key] = 1 + _remaining.GetValueOrDefault(key);
            }
        }

        var index = 0L;
        await foreach (var row in ReadAsync(table.AllColumns, cancellationToken))
        {
            var random = SampleRandom.For(seed, table.Name, index++);
            if (table.HasPictures) await AddSingleAsync(row, random, cancellationToken);
            else await AddAsync(row, random, cancellationToken);
        }
    }

    private async IAsyncEnumerable<TableRow> ReadAsync(
        IReadOnlyList<Column> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            await foreach (var row in TableFile.ReadAsync(file, columns, cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return row;
            }
        }
    }

    private async Task AddAsync(TableRow row, Random random, CancellationToken cancellationToken)
    {
        if (Find(row) is not { } path)
        {
            Count(LeftOut.NoPicture);
            return;
        }

        var key = KeyOf(row, path);
        if (!_drafts.TryGetValue(key, out var draft))
        {
            var file = await ImageFile.ReadAsync(path, cancellationToken);
            _drafts[key] = draft = Draft.Of(path, file, cancellationToken);
        }

        Take(draft, row, random);
        if (--_remaining[key] > 0) return;
        _drafts.Remove(key);
        if (draft.Annotations.Count > 0)
            Write(draft, await ImageFile.ReadAsync(path, cancellationToken), Path.GetExtension(path));
    }

    private async Task AddSingleAsync(TableRow row, Random random, CancellationToken cancellationToken)
    {
        var (file, path) = (table.PictureOf(row), Find(row));
        if (file is null && path is null)
        {
            Count(LeftOut.NoPicture);
            return;
        }

        file ??= await ImageFile.ReadAsync(path!, cancellationToken);
        var draft = Draft.Of(path ?? "", file, cancellationToken);
        Take(draft, row, random);
        if (draft.Annotations.Count > 0) Write(draft, file, Path.GetExtension(path) ?? "");
    }

    private void Take(Draft draft, TableRow row, Random random)
    {
        if (draft.Size is not { } size)
        {
            if (!draft.IsCounted) Count(LeftOut.BadPicture);
            draft.IsCounted = true;
            return;
        }

        var result = table.Read(row, size, random);
        if (result.LeftOut is { } reason) Count(reason);
        draft.Add(result);
    }

    private void Write(Draft draft, byte[] file, string extension)
    {
        writer.Add(writer.Store(file, extension), draft.Annotations, draft.Labels);
        AnnotationCount += draft.Annotations.Count;
    }

    private string? Find(TableRow row) => pictures.Find(table.SourceOf(row), table.HashOf(row));

    private string KeyOf(TableRow row, string path) => table.SourceOf(row) ?? path;

    private void Count(string reason) => _leftOut[reason] = 1 + _leftOut.GetValueOrDefault(reason);
}
