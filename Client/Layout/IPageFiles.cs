namespace Molmo.Demo.Client.Layout;

/// <summary>Styles and scripts as they are sent: few files, each with an address that changes with its text.</summary>
public interface IPageFiles
{
    /// <summary>The address of a file, relative to the site.</summary>
    string AddressOf(string name);

    /// <summary>The address of the one script of ours that a page needs, <c>theme.js</c> aside.</summary>
    string ScriptOf(Type page, bool hasCircuit);
}
