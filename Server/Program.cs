using Molmo.Demo.Server.Hosting;

try
{
    var app = MolmoHost.Build(args);
    await app.RunAsync();
    return 0;
}
catch (StartupException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
