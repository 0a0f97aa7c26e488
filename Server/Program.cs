using Molmo.Demo.Server.Commands;

if (Cultures.Prepare() is { } obstacle)
{
    Console.Error.WriteLine(obstacle);
    return 1;
}
return await CommandLine.RunAsync(args);
