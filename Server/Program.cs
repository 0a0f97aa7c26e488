using Molmo.Demo.Server.Commands;

return await CommandLine.RunAsync(args);
