using Molmo.Demo.Shared;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Client.Chat;

/// <summary>
/// The conversation of one page: its turns, the picture on the stage, asking, following and stopping answers. Knows nothing
/// of components; the answers themselves live on the server and outlive it.
/// </summary>
/// <remarks>Used from one dispatcher only, the page's.</remarks>
public sealed class ChatSession(
    IChatService chat, IConversationStore conversations, IImageCatalog images, TimeProvider time, VisitorId visitor) : IAsyncDisposable
{
    private readonly List<ChatTurn> _turns = [];
    private readonly List<Task> _following = [];
    private readonly CancellationTokenSource _closed = new();
    private bool _isAsking;

    /// <summary>The person behind the page.</summary>
    public VisitorId Visitor => visitor;

    /// <summary>Where the answers are kept.</summary>
    public ConversationId Id { get; private set; } = ConversationId.New();

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<ChatTurn> Turns => _turns;

    /// <summary>The picture on the stage, which is the one that the next question is about.</summary>
    public ImageInfo? Picture { get; private set; }

    /// <summary>The part of the picture that the next question is about alone; null for all of it.</summary>
    public ImageRegion? Region { get; private set; }

    /// <summary>The turn whose dots are on the picture; null while the picture has just been chosen.</summary>
    public ChatTurn? Shown { get; private set; }

    /// <summary>The answer that is waiting or being written.</summary>
    public ChatTurn? Live => _turns.FindLast(turn => turn.IsLive);

    /// <summary>Why the last wish was refused, as a sentence; null when all is well.</summary>
    public string? Refusal { get; private set; }

    /// <summary>With a refusal because the conversation no longer fits: how many of the oldest turns have to be left out.</summary>
    public int? DropOldest { get; private set; }

    /// <summary>How the next questions are asked.</summary>
    public AskChoice Choice { get; private set; } = AskChoice.Plain;

    /// <summary>Raised when turns, picture or refusal changed. A growing answer raises its turn's own event instead.</summary>
    public event Action? Changed;

    /// <summary>Shows a conversation as stored and follows what is still being written. On return what was stored is there.</summary>
    /// <returns>False where this visitor has no such conversation.</returns>
    public async Task<bool> OpenAsync(ConversationId id)
    {
        if (!RandomId.IsWellFormed(id.Value)) return false;
        var stored = await conversations.FindAsync(visitor, id, _closed.Token);
        if (stored is null) return false;
        Id = stored.Id;
        var shown = new List<Task>();
        foreach (var kept in stored.Turns)
        {
            var turn = new ChatTurn(kept.Id, kept.Question, kept.Image, kept.Region)
            {
                Choice = new AskChoice(kept.Prompt ?? PromptChoice.Plain, kept.Sampling ?? SamplingChoice.Greedy),
            };
            var following = Add(turn);
            shown.Add(kept.IsEnded ? following : turn.ReachAsync(kept.Text, time, _closed.Token));
        }
        await Task.WhenAll(shown);
        Changed?.Invoke();
        return true;
    }

    /// <summary>Puts an uploaded picture of this visitor on the stage.</summary>
    public async Task<bool> TakePhotoAsync(ImageId id)
        => Place(RandomId.IsWellFormed(id.Value) ? await images.FindAsync(visitor, id, _closed.Token) : null,
            "This photo is not on the server any more. Choose it again.");

    /// <summary>Puts a gallery picture on the stage.</summary>
    public async Task<bool> TakeSampleAsync(string file)
        => Place(await images.TakeSampleAsync(visitor, file, _closed.Token), "The gallery has no such picture.");

    /// <summary>Shows an answer's picture with its dots; the next question is about that picture too.</summary>
    public void Show(ChatTurn turn)
    {
        if (Shown == turn) return;
        Shown = turn;
        if (turn.Image is not null && turn.Image.Id != Picture?.Id) Region = null;
        Picture = turn.Image ?? Picture;
        Changed?.Invoke();
    }

    /// <summary>Chooses the part that the next question is about alone; null for the whole picture.</summary>
    public void ChooseRegion(ImageRegion? region)
    {
        Region = Picture is null ? null : region;
        Changed?.Invoke();
    }

    /// <summary>Asks about the picture on the stage, or about the chosen part of it; an accepted question frees the choice.</summary>
    /// <returns>Whether the question was accepted; if not, <see cref="Refusal"/> says why and the words are still the person's.</returns>
    public Task<bool> AskAsync(string text) => AskAsync(text, Choice);

    /// <summary>As <see cref="AskAsync(string)"/>, with the person's consent to leave out the oldest turns where they do not fit.</summary>
    public Task<bool> AskWithoutOldestAsync(string text) => AskAsync(text, Choice.WithConsent);

    private async Task<bool> AskAsync(string text, AskChoice choice)
    {
        if (!await AskAsync(text, choice, Region)) return false;
        ChooseRegion(null);
        return true;
    }

    /// <summary>Asks about a part of the picture on the stage, whatever was chosen.</summary>
    public Task<bool> AskAboutAsync(ImageRegion region, string text)
        => Live is null ? AskAsync(text, Choice, region) : Task.FromResult(Refuse("An answer is still being written. Wait for it or stop it, then ask again."));

    private async Task<bool> AskAsync(string text, AskChoice choice, ImageRegion? region)
    {
        if (_isAsking || Live is not null || string.IsNullOrWhiteSpace(text)) return false;
        if (text.Length > ChatLimits.PromptCharacters)
            return Refuse($"A question may have {ChatLimits.PromptCharacters} characters; this one has {text.Length}. Please shorten it.");
        if (Picture is null) return Refuse("Choose a photo first. Your question is kept.");
        _isAsking = true;
        try
        {
            var id = await chat.StartAsync(visitor, new Question(Id, text, Picture.Id, choice.Sampling, Prompt: choice.Prompt, Region: region), _closed.Token);
            Refusal = null;
            DropOldest = null;
            _ = Add(new ChatTurn(id, text, Picture, region) { Choice = choice });
        }
        catch (ChatRefusedException e)
        {
            return Refuse(e.Message, e.DropOldest);
        }
        finally
        {
            _isAsking = false;
        }
        Changed?.Invoke();
        return true;
    }

    /// <summary>Asks the same question about the same picture again in the same way, as a new turn.</summary>
    public Task<bool> AskAgainAsync(ChatTurn turn) => AskAgainAsync(turn, turn.Choice);

    /// <summary>As <see cref="AskAgainAsync(ChatTurn)"/>, with the person's consent to leave out the oldest turns where they do not fit.</summary>
    public Task<bool> AskAgainWithoutOldestAsync(ChatTurn turn) => AskAgainAsync(turn, turn.Choice.WithConsent);

    private Task<bool> AskAgainAsync(ChatTurn turn, AskChoice choice)
    {
        Picture = turn.Image ?? Picture;
        return AskAsync(turn.Question, choice, turn.Region);
    }

    /// <summary>Asks the next questions in this way.</summary>
    public void Choose(AskChoice choice)
    {
        Choice = choice;
        Changed?.Invoke();
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
            Refuse(e.Message);
        }
    }

    /// <summary>Takes the refusal from the page.</summary>
    public void Forgive()
    {
        if (Refusal is null) return;
        Refusal = null;
        DropOldest = null;
        Changed?.Invoke();
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        foreach (var following in _following) await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    private Task Add(ChatTurn turn)
    {
        _turns.Add(turn);
        Shown = turn;
        Picture = turn.Image ?? Picture;
        var following = FollowAsync(turn);
        _following.Add(following);
        return following;
    }

    private async Task FollowAsync(ChatTurn turn)
    {
        await turn.FollowAsync(chat, visitor, time, _closed.Token);
        Changed?.Invoke();
    }

    private bool Place(ImageInfo? picture, string otherwise)
    {
        if (picture is null) return Refuse(otherwise);
        Picture = picture;
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
