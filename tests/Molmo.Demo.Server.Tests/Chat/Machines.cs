namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>A web host and an inference host on loopback, with a network between them that can be cut.</summary>
internal sealed class Machines : IAsyncDisposable
{
    private MolmoOptions _webOptions = null!;
    private MolmoOptions _inferenceOptions = null!;
    private string? _inferenceData;

    public ScriptedModel Model { get; } = new();

    public ChatApplication Inference { get; private set; } = null!;

    public ChatApplication Web { get; private set; } = null!;

    public CuttingProxy Network { get; private set; } = null!;

    public static async Task<Machines> StartAsync(
        MolmoOptions? inference = null, MolmoOptions? web = null, bool connected = true)
    {
        var machines = new Machines();
        machines._inferenceOptions = new MolmoOptions
        {
            Role = ServerRole.Inference,
            Key = inference?.Key,
            MaxSequences = inference?.MaxSequences ?? 4,
        };
        await machines.StartInferenceAsync();
        machines._webOptions = new MolmoOptions
        {
            Role = ServerRole.Web,
            Inference = machines.Network.Address,
            Key = web?.Key,
            UnreadSeconds = 30
        };
        machines.Web = await ChatApplication.StartAsync(machines._webOptions);
        if (connected) await machines.ConnectedAsync();
        return machines;
    }

    public async Task StartInferenceAsync()
    {
        Inference = await ChatApplication.StartAsync(_inferenceOptions, Model, _inferenceData);
        _inferenceData = Inference.Data;
        Network ??= new CuttingProxy(Inference.Address);
        Network.Target = Inference.Address;
    }

    public Task StopInferenceAsync() => Inference.StopAsync();

    public void ForgetInferenceData()
    {
        Directory.Delete(_inferenceData!, recursive: true);
        _inferenceData = null;
    }

    public async Task RestartWebAsync(Action whileAway)
    {
        await Web.StopAsync();
        whileAway();
        Web = await ChatApplication.StartAsync(_webOptions, data: Web.Data);
        await ConnectedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Web.DisposeAsync();
        await Network.DisposeAsync();
        await Inference.DisposeAsync();
    }

    private Task ConnectedAsync()
        => Sequences.UntilAsync(
            () => Web.Service.GetQueueStatusAsync(TestContext.Current.CancellationToken).Result.Ready,
            "the machines are connected");
}
