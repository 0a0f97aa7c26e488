using Molmo.Demo.Lab.Data;

namespace Molmo.Demo.Lab.Training;

/// <summary>Draws the examples of a stage: a group by its rate, a data set of it by the root of its size.</summary>
internal sealed class Mixture
{
    private readonly (IExampleSource Source, double Share)[] _parts;

    public Mixture(IReadOnlyList<(DataPart Part, IExampleSource Source)> parts)
    {
        double Root((DataPart Part, IExampleSource Source) item)
            => Math.Sqrt(item.Part.Size > 0 ? item.Part.Size : item.Source.Count);

        var groups = parts.GroupBy(item => item.Part.Group)
            .Select(group => (Items: group.ToList(), Rate: group.Max(item => item.Part.Rate))).ToList();
        var total = groups.Sum(group => group.Rate);
        if (total <= 0) throw new CommandException("The rates of the data sum to nothing.");
        _parts = [.. groups.SelectMany(group => group.Items.Select(item => (
            item.Source, group.Rate / total * Root(item) / group.Items.Sum(Root))))];
    }

    /// <summary>Share of each part, in their order by group; they sum to one.</summary>
    public IReadOnlyList<double> Shares => [.. _parts.Select(part => part.Share)];

    /// <param name="random">Of the draw.</param>
    /// <param name="fresh">Number that no other draw of the run has: a generator makes a new example of it.</param>
    public Example Draw(Random random, long fresh)
    {
        var at = random.NextDouble();
        var chosen = 0;
        while (chosen < _parts.Length - 1 && (at -= _parts[chosen].Share) >= 0) chosen++;
        var source = _parts[chosen].Source;
        // Folders are finite and are drawn from evenly; a generator never repeats itself.
        return source.Read(source.IsFinite ? random.NextInt64(source.Count) : fresh);
    }
}
