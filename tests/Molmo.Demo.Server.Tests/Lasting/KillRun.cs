using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Chat.Replay;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>
/// The real program on one data folder, loaded by several visitors, killed again and again at random instants and
/// held to what it had acknowledged.
/// </summary>
internal sealed class KillRun : IDisposable
{
    private const string Listening = "Now listening on";
    private const string Endless = "replay: endless";
    private const int Visitors = 3;

    /// <summary>Of one process: how long it is left alone under load, and how long while it starts.</summary>
    private static readonly TimeSpan LongestLoad = TimeSpan.FromSeconds(2), LongestStart = TimeSpan.FromSeconds(1.2);

    private readonly TemporaryFolder _folder = new();
    private readonly Acknowledged _journal = new();
    private readonly KillFigures _figures;
    private readonly Random _random;
    private readonly Uri _address = FreeAddress();
    private readonly Loader[] _loaders;
    private readonly DataCheck _check;

    public KillRun(int seed)
    {
        _figures = new KillFigures(seed);
        _random = new Random(seed);
        _loaders = [
            .. Enumerable.Range(0, Visitors).Select(_ => new Loader(_address, _journal, new Random(_random.Next())))];
        _check = new DataCheck(_folder.Combine("data"), _journal, _address, _figures);
        Directory.CreateDirectory(_folder.Combine("replay"));
        Record(Loader.Quick, [new RecordedPiece(TimeSpan.FromMilliseconds(5), DataCheck.QuickAnswer[..20]),
            new RecordedPiece(TimeSpan.FromMilliseconds(5), DataCheck.QuickAnswer[20..])]);
        Record(Endless,
            Enumerable.Range(0, 3000).Select(n => new RecordedPiece(TimeSpan.FromMilliseconds(10), PieceOf(n))));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var loader in _loaders) loader.Dispose();
        _folder.Dispose();
    }

    /// <summary>Kills so often, or until the time is over and there is something that could have been lost.</summary>
    public async Task<KillFigures> RunAsync(int kills, TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            await KillAndCheckAsync(() => _figures.Kills < kills && (watch.Elapsed < atMost || !HasSomethingToLose()));
        }
        // A server that does not start again ends the run, and the figures so far say so.
        catch (Exception e) when (!Cancel.IsCancellationRequested)
        {
            _figures.Fault($"The run ended here: {e.Message}");
        }
        _figures.Count(_journal);
        _figures.Duration = watch.Elapsed;
        return _figures;
    }

    // A busy machine may take longer for that than the time it is given.
    private bool HasSomethingToLose()
        => !_journal.Pictures.IsEmpty && !_journal.Links.IsEmpty && _journal.Questions.Count > 1
            && _figures.Readers > 0;

    private async Task KillAndCheckAsync(Func<bool> goesOn)
    {
        ReadAnswer? cut = null;
        while (goesOn())
        {
            // Now and then already while it starts, when it mends what the kill before left.
            if (_figures.Kills > 0 && _random.Next(4) == 0)
            {
                await using var starting = Program();
                await Task.Delay(_random.NextDouble() * LongestStart, Cancel);
                await starting.KillAsync();
                _figures.Kills++;
                _figures.KillsWhileStarting++;
                continue;
            }
            await using var program = await StartAsync();
            await CheckAsync(cut, isWhole: false);
            cut = await LoadAndKillAsync(program);
            _figures.Kills++;
        }
        await using (await StartAsync()) await CheckAsync(cut, isWhole: true);
    }

    private async Task<ReadAnswer> LoadAndKillAsync(ProgramProcess program)
    {
        var isKilled = false;
        var reader = _loaders[_figures.Kills % Visitors];
        await UntilReadyAsync(reader.Http);
        // The first visit gives the cookie, which must not be lost on the way.
        foreach (var loader in _loaders.Where(loader => loader.Person.Count == 0))
            (await loader.Http.GetAsync("/", Cancel)).Dispose();
        await using var hub = await Loopback.ConnectAsync(_address, reader.Person);
        var (generation, conversation) = await hub.StartAsync(new { text = Endless });
        _journal.Questions[generation] = new KeptQuestion(conversation, Endless);
        var answer = new ReadAnswer(generation, reader);
        var clock = Stopwatch.StartNew();
        Task[] working = [ReadAsync(hub, answer, clock),
            .. _loaders.Select(loader => loader.LoadAsync(() => Volatile.Read(ref isKilled), Cancel))];
        await Task.Delay(_random.NextDouble() * LongestLoad, Cancel);
        await program.KillAsync();
        answer.KilledAt = clock.Elapsed;
        Volatile.Write(ref isKilled, true);
        try
        {
            await Task.WhenAll(working);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _figures.Fault($"Under load: {e.Message} {FailuresOf(program)}");
        }
        return answer;
    }

    /// <summary>What the program itself said of what failed, each with the beginning of its stack.</summary>
    private static string FailuresOf(ProgramProcess program)
    {
        const int most = 12;
        return string.Join(
            " ", program.Output.Split('\n').SkipWhile(line => !line.StartsWith("fail: ", StringComparison.Ordinal))
                .Take(most).Select(line => line.Trim()));
    }

    private static async Task ReadAsync(HubConnection hub, ReadAnswer answer, Stopwatch clock)
    {
        try
        {
            await foreach (var e in hub.StreamAsync<GenerationEvent>("Attach", answer.Id, 1L, Cancel))
                answer.Seen.Add((clock.Elapsed, e));
        }
        catch (Exception e) when (e is WebSocketException or SocketException or IOException
            or OperationCanceledException or HubException or InvalidOperationException)
        {
            // Killed.
        }
    }

    /// <summary>Everything is there, and the reader who was cut off goes on behind what it has.</summary>
    private async Task CheckAsync(ReadAnswer? cut, bool isWhole)
    {
        await _check.RunAsync(isWhole);
        if (cut is null) return;
        await using var hub = await Loopback.ConnectAsync(_address, cut.Reader.Person);
        var last = cut.Seen is [.., (_, { Seq: var seq })] ? seq : 0;
        List<GenerationEvent> rest = [], kept;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(10));
            await foreach (var e in hub.StreamAsync<GenerationEvent>("Attach", cut.Id, last + 1, patience.Token))
                rest.Add(e);
            kept = await hub.ReadAsync(cut.Id);
        }
        catch (Exception e) when (!Cancel.IsCancellationRequested && e is HubException or OperationCanceledException)
        {
            _figures.Fault($"The answer {cut.Id} cannot be read after the kill: {e.Message}");
            return;
        }
        _figures.Readers++;
        if (rest is not [.., Ended { Reason: EndReason.Interrupted }])
            _figures.Fault($"The reader behind event {last} got {rest.Count} events and no end.");
        if (!rest.Select(e => e.Seq).SequenceEqual(rest.Select(e => e.Seq).Order().Distinct())
            || rest.Exists(e => e.Seq <= last))
            _figures.Fault($"The reader behind event {last} got events twice or out of order.");
        var sure = cut.Seen.Where(item => item.At <= cut.KilledAt - TimeSpan.FromSeconds(1))
            .Select(item => item.Event).ToList();
        if (!sure.SequenceEqual(kept.Take(sure.Count)))
            _figures.Fault($"Text from more than a second before the kill is lost: "
                + $"{sure.Count} events were seen, {kept.Count} are kept.");
        var text = kept.Prose();
        if (!string.Concat(Enumerable.Range(0, 3000).Select(PieceOf)).StartsWith(text, StringComparison.Ordinal))
            _figures.Fault($"The kept text is not what was written: {text}");
    }

    /// <summary>Questions are refused until the model is loaded.</summary>
    private static async Task UntilReadyAsync(HttpClient http)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Sequences.Hang; await Task.Delay(20, Cancel))
        {
            using var reply = await http.GetAsync("ready", Cancel);
            if (reply.StatusCode == HttpStatusCode.OK) return;
        }
        Assert.Fail("The server never became ready.");
    }

    private ProgramProcess Program() => new([],
    [
        "--urls", _address.ToString(), "--Molmo:MaxPerVisitor", "50", "--data", _folder.Combine("data"),
        "--Molmo:Replay", _folder.Combine("replay"), "--Molmo:Images:UploadsPerMinute", "100000",
        "--Molmo:Images:VisitorMegabytes", "100000", "--Molmo:Sharing:LinksPerDay", "100000",
    ]);

    private async Task<ProgramProcess> StartAsync()
    {
        var program = Program();
        await program.UntilOutputAsync(Listening);
        _figures.Starts++;
        return program;
    }

    private void Record(string question, IEnumerable<RecordedPiece> pieces)
        => File.WriteAllLines(Path.Combine(_folder.Combine("replay"), question.Split(' ')[1] + Recording.Extension),
            new Recording([.. pieces], FinishReason.EndToken).ToLines());

    private static string PieceOf(int n) => $"word{n} ";

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    /// <summary>An answer that was being read when the server was killed.</summary>
    private sealed class ReadAnswer(string id, Loader reader)
    {
        public string Id => id;

        public Loader Reader => reader;

        public List<(TimeSpan At, GenerationEvent Event)> Seen { get; } = [];

        public TimeSpan KilledAt { get; set; }
    }
}
