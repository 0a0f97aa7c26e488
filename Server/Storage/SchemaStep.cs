namespace Molmo.Demo.Server.Storage;

/// <summary>
/// One step of the database's schema: the file <c>Schema/NNN-name.sql</c>, which is never changed once released.
/// </summary>
/// <param name="Version">Its number, which the database holds once it was taken.</param>
/// <param name="Sql">Its statements.</param>
internal sealed record SchemaStep(int Version, string Sql)
{
    private const string Folder = "Schema/";

    /// <summary>All steps in their order.</summary>
    public static SchemaStep[] ReadAll()
    {
        var assembly = typeof(SchemaStep).Assembly;
        return [.. from name in assembly.GetManifestResourceNames()
                   where name.StartsWith(Folder, StringComparison.Ordinal)
                   let version = int.Parse(name.AsSpan(Folder.Length, 3), CultureInfo.InvariantCulture)
                   orderby version
                   select new SchemaStep(version, Read(name))];

        string Read(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }
}
