using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Audits;

/// <summary>Audits as rows, one an answer.</summary>
internal sealed class AuditStore(Database database, TimeProvider time, StorageHealth health) : IAuditStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly OwnAnswers _rows = new(database, time, health, "audits", "body");

    public Task<ImmutableDictionary<GenerationId, Audit>> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
        => Task.Run(() => _rows.Find(visitor, conversation, Read), cancellationToken);

    public Task SaveAsync(VisitorId visitor, GenerationId answer, Audit audit, CancellationToken cancellationToken)
        => Task.Run(() =>
        {
            if (!audit.IsValid) throw new ChatRefusedException(ChatFault.Invalid, new AuditInvalid());
            _rows.Save(visitor, answer, audit.IsEmpty ? null : JsonSerializer.Serialize(audit, Json),
                new AuditedAnswerGone(), new VerdictNotKept());
        }, cancellationToken);

    /// <summary>From a row.</summary>
    internal static Audit Read(string body) => JsonSerializer.Deserialize<Audit>(body, Json) ?? Audit.Empty;
}
