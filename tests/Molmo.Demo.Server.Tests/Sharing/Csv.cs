namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>Reads a table as RFC 4180 says.</summary>
internal static class Csv
{
    public static List<List<string>> Read(byte[] file)
    {
        Assert.Equal([0xef, 0xbb, 0xbf], file[..3]);
        var text = Encoding.UTF8.GetString(file)[1..];
        var rows = new List<List<string>>();
        var row = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var cell = new StringBuilder();
            if (text[at] == '"')
            {
                for (at++; text[at] != '"' || (at + 1 < text.Length && text[at + 1] == '"'); at++)
                {
                    if (text[at] == '"') at++;
                    cell.Append(text[at]);
                }
                at++;
            }
            else
            {
                while (text[at] is not (',' or '\r')) cell.Append(text[at++]);
            }
            row.Add(cell.ToString());
            if (text[at] == ',')
            {
                at++;
                continue;
            }
            Assert.Equal("\r\n", text.Substring(at, 2));
            at += 2;
            rows.Add(row);
            row = [];
        }
        return rows;
    }
}
