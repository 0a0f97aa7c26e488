using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Web;

/// <summary>Names of the cookies of one data folder.</summary>
/// <remarks>
/// Browsers send the cookies of a host to every port of it. Two servers on one machine would take each other's cookie
/// for one that cannot be read and write their own over it: whoever looks at both would lose their chats on the first.
/// </remarks>
internal static class OwnCookies
{
    private const int IdLength = 8;

    public static string Name(string name, Database database) => $"{name}.{database.Id[..IdLength]}";
}
