using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Tests.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Audits;

public sealed class RatingStoreTests
{
    private readonly VisitorId _ann = VisitorId.New();
    private readonly VisitorId _ben = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Save_OfOnesOwn_IsThereAfterARestartForNobodyElseAndGoesWithItsConversation()
    {
        await using var first = new MolmoApplication { KeepData = true };
        var conversation = new ConversationId(first.Seed(
            _ann, ("one", "Two.", null, EndReason.Finished), ("two", "Two.", null, EndReason.Finished)));
        var (one, two) = Answers(first);
        var ratings = first.Services.GetRequiredService<IRatingStore>();
        await ratings.SaveAsync(_ann, one, Rating.Good, Cancel);
        await ratings.SaveAsync(_ann, one, Rating.Bad, Cancel);
        await ratings.SaveAsync(_ann, two, Rating.Good, Cancel);
        await ratings.SaveAsync(_ann, two, null, Cancel);
        var data = first.Data;
        await first.DisposeAsync();

        await using var second = new MolmoApplication { Data = data };
        ratings = second.Services.GetRequiredService<IRatingStore>();
        Assert.Equal([new(one, Rating.Bad)], await ratings.FindAsync(_ann, conversation, Cancel));

        Assert.Empty(await ratings.FindAsync(_ben, conversation, Cancel));
        Assert.Equal(ChatFault.Unknown, (await Assert.ThrowsAsync<ChatRefusedException>(
            () => ratings.SaveAsync(_ben, one, Rating.Good, Cancel))).Fault);
        await ratings.SaveAsync(_ben, one, null, Cancel);
        Assert.Equal([new(one, Rating.Bad)], await ratings.FindAsync(_ann, conversation, Cancel));

        await second.Services.GetRequiredService<IConversationStore>().DeleteAsync(_ann, conversation, Cancel);
        using var connection = second.Database.Open();
        Assert.Equal(0, connection.ExecuteScalar<int>("SELECT COUNT(*) FROM ratings"));
    }

    [Fact]
    public async Task Download_OfARatedAnswer_SaysItToItsOwnerAndNoLinkDoes()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.CreateClient(new() { HandleCookies = false });
        var owner = app.OwnerOf((await person.UploadAsync(Rasters.Png())).Text("id"));
        var conversation = app.Seed(
            owner, ("one", "Two.", null, EndReason.Finished), ("two", "Two.", null, EndReason.Finished));
        var (one, two) = Answers(app);
        await app.Services.GetRequiredService<IRatingStore>().SaveAsync(owner, one, Rating.Good, Cancel);

        Assert.Equal("good", (string?)await RatingAsync(one));
        Assert.Null(await RatingAsync(two));
        var link = await person.ShareAsync(conversation);
        Assert.DoesNotContain(
            "rating", await friend.GetStringAsync($"/s/{link}.json", Cancel), StringComparison.Ordinal);

        async Task<JsonNode?> RatingAsync(GenerationId id)
            => JsonNode.Parse(await person.GetStringAsync($"/answers/{id}.json", Cancel))!["turns"]![0]!["rating"];
    }

    private static (GenerationId One, GenerationId Two) Answers(MolmoApplication app)
    {
        using var connection = app.Database.Open();
        var ids = connection.Query<string>("SELECT id FROM generations ORDER BY ordinal").ToList();
        return (new GenerationId(ids[0]), new GenerationId(ids[1]));
    }
}
