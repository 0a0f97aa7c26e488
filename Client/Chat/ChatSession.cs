using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Chat;

/// <summary>
/// The conversation of one page: its turns, the picture on the stage, asking, following and stopping answers. Knows
/// nothing of components; the answers themselves live on the server and outlive it.
/// </summary>
/// <remarks>
/// Used from one dispatcher only, the page's. The conversation is a tree; the page shows one path through it, and only
/// what was on it once is read.
/// </remarks>
public sealed partial class ChatSession(
    IChatService chat, IConversationStore conversations, IImageCatalog images, TimeProvider time, VisitorId visitor,
    IPrivateChats? privates = null,
    IAuditStore? audits = null,
    IRatingStore? ratings = null) : IAsyncDisposable
{
    // How often a page that waits for an answer looks whether its model is still there.
    private static readonly TimeSpan ModelLook = TimeSpan.FromSeconds(1);

    private readonly List<ChatTurn> _all = [];
    private readonly List<ChatTurn> _turns = [];
    private readonly Dictionary<ChatTurn, Task> _following = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly SemaphoreSlim _saving = new(1, 1);
    private readonly PhotoLook _looking = new(chat, visitor);
    private IDisposable? _hold;
    private bool _isAsking;

    /// <summary>The person behind the page.</summary>
    public VisitorId Visitor => visitor;

    /// <summary>Where the answers are kept.</summary>
    public ConversationId Id { get; private set; } = ConversationId.New();

    /// <summary>The shown path, oldest first.</summary>
    public IReadOnlyList<ChatTurn> Turns => _turns;

    /// <summary>The name of the conversation; null before the first question.</summary>
    public string? Title { get; private set; }

    /// <summary>Whether it leaves no trace.</summary>
    public bool IsPrivate { get; private set; }

    /// <summary>The turn that the next question is another version of; null where it follows the last.</summary>
    public ChatTurn? Editing { get; private set; }

    /// <summary>The picture on the stage, which is the one that the next question is about.</summary>
    public ImageInfo? Image { get; private set; }

    /// <summary>
    /// The answer kept with the gallery picture on the page; no turn and no history. Null for all other pictures.
    /// </summary>
    public StoredAnswer? Stored { get; private set; }

    /// <summary>
    /// Whether there is a picture to look at. A gallery picture is, before it is the visitor's to ask about.
    /// </summary>
    public bool HasStage => Image is not null || Stored is not null;

    /// <summary>The turn that asked again what the stored answer was asked; null where there is none.</summary>
    public ChatTurn? StoredRun => Stored is { } stored && _turns is [var first, ..]
        && first.Question == stored.Question && first.Image?.Name == stored.File && first.Region is null
        && first.Choice.IsPlain ? first : null;

    /// <summary>The part of the picture that the next question is about alone; null for all of it.</summary>
    public ImageRegion? Region { get; private set; }

    /// <summary>The turn whose dots are on the picture; null while the picture has just been chosen.</summary>
    public ChatTurn? Shown { get; private set; }

    /// <summary>The answer that is waiting or being written.</summary>
    public ChatTurn? Live => _all.FindLast(turn => _following.ContainsKey(turn) && turn.IsLive);

    /// <summary>How many questions were accepted from this page.</summary>
    public int Asked { get; private set; }

    /// <summary>The version that the person has stepped to since the last question; null where none.</summary>
    public GenerationId? Named { get; private set; }

    /// <summary>Why the last wish was refused, as a sentence; null when all is well.</summary>
    public string? Refusal { get; private set; }

    /// <summary>
    /// With a refusal because the conversation no longer fits: how many of the oldest turns have to be left out.
    /// </summary>
    public int? DropOldest { get; private set; }

    /// <summary>How the next questions are asked.</summary>
    public AskChoice Choice { get; private set; } = AskChoice.Plain;

    /// <summary>
    /// Raised when turns, picture or refusal changed. A growing answer raises its turn's own event instead.
    /// </summary>
    public event Action? Changed;

    /// <summary>
    /// Shows a conversation as stored and follows what is still being written. On return what was stored is there.
    /// </summary>
    /// <param name="id">Which.</param>
    /// <param name="turn">A turn that must be on the path; null or unknown for the path shown last.</param>
    /// <returns>False where this visitor has no such conversation.</returns>
    public async Task<bool> OpenAsync(ConversationId id, GenerationId? turn = null)
    {
        if (!RandomId.IsWellFormed(id.Value)) return false;
        var stored = await conversations.FindAsync(visitor, id, _closed.Token);
        if (stored is null) return false;
        if (stored.IsPrivate && (_hold = privates?.Hold(visitor, id)) is null) return false;
        Id = stored.Id;
        Title = stored.Title;
        IsPrivate = stored.IsPrivate;
        _all.AddRange(stored.Turns.Select(Taken));
        if (audits is not null && !IsPrivate)
        {
            var found = await audits.FindAsync(visitor, id, _closed.Token);
            foreach (var at in _all)
                if (found.TryGetValue(at.Id, out var audit)) at.SetAudit(audit);
        }
        await ReadRatingsAsync();
        var tree = Tree();
        var asked =
            turn is { } wanted && tree.PathTo(wanted).Count > 0 ? tree.LeafBelow(wanted) : stored.Leaf ?? tree.Newest;
        if (asked is { } leaf) SetPath(tree, leaf);
        var shown = new List<Task>();
        foreach (var (at, kept) in _all.Zip(stored.Turns))
        {
            if (!kept.IsEnded) Follow(at);
            if (_following.TryGetValue(at, out var following))
                shown.Add(kept.IsEnded ? following : at.ReachAsync(kept.Text, time, _closed.Token));
        }
        await Task.WhenAll(shown);
        if (turn is { } pointed && _turns.Find(at => at.Id == pointed) is { } named) Show(named);
        Changed?.Invoke();
        return true;
    }

    /// <summary>A question's versions, in the order they were asked, and which of them is shown.</summary>
    public (int Index, int Count) VersionOf(ChatTurn turn)
    {
        var versions = Tree().VersionsOf(turn.Id);
        return (versions.ToList().IndexOf(turn.Id), versions.Count);
    }

    /// <summary>Shows another version of a question and what follows it.</summary>
    /// <param name="turn">A turn on the path.</param>
    /// <param name="step">1 for the next version, -1 for the one before.</param>
    public async Task ShowVersionAsync(ChatTurn turn, int step)
    {
        var tree = Tree();
        var versions = tree.VersionsOf(turn.Id);
        var index = versions.ToList().IndexOf(turn.Id) + step;
        if (index < 0 || index >= versions.Count) return;
        Editing = null;
        var leaf = tree.LeafBelow(versions[index]);
        SetPath(tree, leaf);
        Named = leaf;
        Changed?.Invoke();
        if (!IsPrivate) await conversations.ShowAsync(visitor, Id, leaf, _closed.Token);
    }

    /// <summary>The next question becomes another version of this one, about its picture.</summary>
    public void Edit(ChatTurn? turn)
    {
        Editing = turn;
        if (turn is not null) Show(turn);
        Changed?.Invoke();
    }

    /// <summary>Puts an uploaded picture of this visitor on the stage.</summary>
    public async Task<bool> TakePhotoAsync(ImageId id)
        => Place(RandomId.IsWellFormed(id.Value) ? await images.FindAsync(visitor, id, _closed.Token) : null,
            T("This photo is not on the server any more. Choose it again."));

    /// <summary>Shows what is kept of a gallery picture, without taking the picture.</summary>
    public void Preview(StoredAnswer stored) => Stored = stored;

    /// <summary>Shows the stored answer's dots; the next question is about that picture too.</summary>
    public void ShowStored()
    {
        if (Stored is null || Shown is null) return;
        if (_turns.Find(turn => turn.Image?.Name == Stored.File)?.Image is { } picture) Image = picture;
        Shown = null;
        Changed?.Invoke();
    }

    /// <summary>Asks what the stored answer was asked, in the same way and as a first question.</summary>
    public Task<bool> RunStoredAsync() => Stored is { } stored && _turns.Count == 0
        ? AskAsync(stored.Question, AskChoice.Plain, region: null, AfterLast)
        : Task.FromResult(false);

    /// <summary>Puts a gallery picture on the stage, with its stored answer.</summary>
    public async Task<bool> TakeSampleAsync(string file)
    {
        var stored = images.Samples.FirstOrDefault(scene => scene.File == file)?.Answer;
        try
        {
            return Place(IsPrivate
                ? await privates!.TakeSampleAsync(visitor, Id, file, _closed.Token)
                : await images.TakeSampleAsync(visitor, file, _closed.Token),
                T("The gallery has no such picture."), stored);
        }
        catch (ChatRefusedException e)
        {
            return Refuse(Words.Of(e.Fact));
        }
    }

    /// <summary>Shows an answer's picture with its dots; the next question is about that picture too.</summary>
    public void Show(ChatTurn turn)
    {
        if (Shown == turn) return;
        Shown = turn;
        if (turn.Image is not null && turn.Image.Id != Image?.Id) Region = null;
        Image = turn.Image ?? Image;
        Changed?.Invoke();
    }

    /// <summary>Chooses the part that the next question is about alone; null for the whole picture.</summary>
    public void ChooseRegion(ImageRegion? region)
    {
        Region = Image is null ? null : region;
        Changed?.Invoke();
    }

    /// <summary>
    /// Takes what a person found at an answer's points, and keeps it; of a chat without trace in this page alone.
    /// </summary>
    public async Task AuditAsync(ChatTurn turn, Audit audit)
    {
        turn.SetAudit(audit);
        if (audits is null || IsPrivate) return;
        // One after another, and the one that comes last writes what is true then. A page that goes away meanwhile does
        // not stop it.
        await _saving.WaitAsync(CancellationToken.None);
        try
        {
            await audits.SaveAsync(visitor, turn.Id, turn.Audit, CancellationToken.None);
        }
        catch (ChatRefusedException e)
        {
            Refuse(Words.Of(e.Fact));
        }
        finally
        {
            _saving.Release();
        }
    }

    /// <summary>Asks the next questions in this way.</summary>
    public void Choose(AskChoice choice)
    {
        Choice = choice;
        Changed?.Invoke();
    }

    /// <summary>
    /// Asks about the picture on the stage, or about the chosen part of it: after the last turn, or in place of the one
    /// being edited. An accepted question frees the chosen part.
    /// </summary>
    /// <returns>Whether the question was accepted; if not, <see cref="Refusal"/> says why and the words are still the
    /// person's.</returns>
    public Task<bool> AskAsync(string text) => AskHereAsync(text, Choice);

    /// <summary>
    /// As <see cref="AskAsync(string)"/>, with the person's consent to leave out the oldest turns where they do not
    /// fit.
    /// </summary>
    public Task<bool> AskWithoutOldestAsync(string text) => AskHereAsync(text, Choice.WithConsent);

    /// <summary>Asks about a part of the picture on the stage, whatever was chosen.</summary>
    public Task<bool> AskAboutAsync(ImageRegion region, string text) => Live is null
        ? AskAsync(text, Choice, region, AfterLast)
        : Task.FromResult(Refuse(T("An answer is still being written. Wait for it or stop it, then ask again.")));

    /// <summary>
    /// Asks the same question about the same picture again, as another version of it: in the same way where the answer
    /// was not whole, otherwise so that another answer can come.
    /// </summary>
    public Task<bool> AskAgainAsync(ChatTurn turn) => AskAgainAsync(
        turn, turn.Answer.Ended is { Reason: EndReason.Finished } ? turn.Choice.Again : turn.Choice,
        new TurnPlace(turn.Node.Parent));

    /// <summary>
    /// As <see cref="AskAgainAsync(ChatTurn)"/>, with the person's consent to leave out the oldest turns where they do
    /// not fit.
    /// </summary>
    public Task<bool> AskAgainWithoutOldestAsync(ChatTurn turn)
        => AskAgainAsync(turn, turn.Choice.WithConsent, new TurnPlace(turn.Node.Parent));

    /// <summary>Goes on with an answer that was stopped, cut or interrupted, in its place.</summary>
    public Task<bool> ContinueAsync(ChatTurn turn)
        => AskAgainAsync(turn, turn.Choice, new TurnPlace(turn.Node.Parent, turn.Id));

    private TurnPlace AfterLast => new(_turns is [.., var last] ? last.Id : null);

    private async Task<bool> AskHereAsync(string text, AskChoice choice)
    {
        if (!await AskAsync(
            text, choice, Region, Editing is { } edited ? new TurnPlace(edited.Node.Parent) : AfterLast))
            return false;
        ChooseRegion(null);
        return true;
    }

    private Task<bool> AskAgainAsync(ChatTurn turn, AskChoice choice, TurnPlace place)
    {
        Image = turn.Image ?? Image;
        return AskAsync(turn.Question, choice, turn.Region, place);
    }

    private async Task<bool> AskAsync(string text, AskChoice choice, ImageRegion? region, TurnPlace place)
    {
        var isAccepted = await TryAskAsync(text, choice, region, place);
        if (_isCatchUpDue) await CatchUpAsync();
        return isAccepted;
    }

    private async Task<bool> TryAskAsync(string text, AskChoice choice, ImageRegion? region, TurnPlace place)
    {
        if (_isAsking || Live is not null || string.IsNullOrWhiteSpace(text)) return false;
        if (text.Length > ChatLimits.PromptCharacters)
            return Refuse(T("A question may have {0} characters; this one has {1}. Please shorten it.",
                ChatLimits.PromptCharacters, text.Length));
        if (Image is null) return Refuse(T("Choose a photo first. Your question is kept."));
        _isAsking = true;
        try
        {
            var question = new Question(Id, text, Image.Id, choice.Sampling, Prompt: choice.Prompt, Region: region,
                Place: place with { IsPrivate = IsPrivate });
            var id = await chat.StartAsync(visitor, question, _closed.Token);
            Refusal = null;
            DropOldest = null;
            Editing = null;
            if (string.IsNullOrEmpty(Title)) Title = text;
            _all.Add(new ChatTurn(id, text, Image, region, place.After, place.Continues) { Choice = choice });
            SetPath(Tree(), id);
            Named = null;
            Asked++;
        }
        catch (ChatRefusedException e)
        {
            return Refuse(Words.Of(e.Fact), e.DropOldest);
        }
        finally
        {
            _isAsking = false;
        }
        Changed?.Invoke();
        return true;
    }

    /// <summary>Ends the answer being written; what was written stays.</summary>
    public async Task StopAsync()
    {
        if (Live is not { } turn) return;
        try
        {
            await chat.StopAsync(visitor, turn.Id, _closed.Token);
        }
        catch (ChatRefusedException e)
        {
            Refuse(Words.Of(e.Fact));
        }
    }

    /// <summary>The conversation was given another name.</summary>
    public void Rename(string title)
    {
        Title = title;
        Changed?.Invoke();
    }

    public async ValueTask DisposeAsync()
    {
        _hold?.Dispose();
        _looking.Dispose();
        await _closed.CancelAsync();
        foreach (var following in _following.Values)
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    private ConversationTree Tree() => new(_all.Select(turn => turn.Node));

    private void SetPath(ConversationTree tree, GenerationId leaf)
    {
        var byId = _all.ToDictionary(turn => turn.Id);
        _turns.Clear();
        _turns.AddRange(tree.PathTo(leaf).Select(id => byId[id]));
        foreach (var turn in _turns) Follow(turn);
        if (_turns is not [.., var last]) return;
        Shown = last;
        Image = last.Image ?? Image;
    }

    private void Follow(ChatTurn turn)
    {
        if (!_following.ContainsKey(turn)) _following.Add(turn, FollowAsync(turn));
    }

    private async Task FollowAsync(ChatTurn turn)
    {
        var following = turn.FollowAsync(chat, visitor, time, _closed.Token);
        // What was written is read from this server; whether more can come, the machine of the model knows.
        while (await Task.WhenAny(following, Task.Delay(ModelLook, _closed.Token)) != following
            && !_closed.IsCancellationRequested)
            turn.SetAway((await chat.GetQueueStatusAsync(_closed.Token)).Fact is MachineAway or MachineSilent);
        await following;
        Changed?.Invoke();
    }

    private bool Place(ImageInfo? picture, string otherwise, StoredAnswer? stored = null)
    {
        if (picture is null) return Refuse(otherwise);
        Image = picture;
        _looking.Follow(Id, picture.Id);
        Stored = stored;
        Region = null;
        Shown = null;
        Refusal = null;
        DropOldest = null;
        Changed?.Invoke();
        return true;
    }

    private bool Refuse(string reason, int? dropOldest = null)
    {
        Refusal = reason;
        DropOldest = dropOldest;
        Changed?.Invoke();
        return false;
    }
}
