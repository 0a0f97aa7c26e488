using System.Xml;
using System.Xml.Linq;

namespace Molmo.Demo.Server.Storage;

/// <summary>The Data Protection keys in the data folder.</summary>
internal static class KeyFiles
{
    /// <summary>
    /// Renames key files that are not XML, such as one cut off by a power failure: a single one of them would make
    /// every page fail. Its cookies count as lost then, and their visitors become new ones.
    /// </summary>
    public static void SetAsideDamaged(string folder)
    {
        foreach (var file in Directory.GetFiles(folder, "*.xml"))
        {
            try
            {
                XElement.Load(file);
            }
            catch (XmlException)
            {
                File.Move(file, file + ".damaged", overwrite: true);
            }
        }
    }
}
