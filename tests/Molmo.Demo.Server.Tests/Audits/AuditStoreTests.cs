using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Tests.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Audits;

public sealed class AuditStoreTests
{
    private const string Pointing =
        "The <points x1=\"20\" y1=\"50\" x2=\"80\" y2=\"50\" alt=\"penguins\">penguins</points>.";

    private readonly VisitorId _ann = VisitorId.New();
    private readonly VisitorId _ben = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Save_OfOnesOwn_IsThereAfterARestartForNobodyElseAndGoesWithItsConversation()
    {
        await using var first = new MolmoApplication { KeepData = true };
        var conversation = new ConversationId(
            first.Seed(_ann, ("one", Pointing, null, EndReason.Finished), ("two", Pointing, null, EndReason.Finished)));
        var (one, two) = Answers(first);
        var audits = first.Services.GetRequiredService<IAuditStore>();
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right);
        await audits.SaveAsync(_ann, one, audit, Cancel);
        audit = audit.Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 12.5, 99);
        await audits.SaveAsync(_ann, one, audit, Cancel);
        await audits.SaveAsync(_ann, two, audit, Cancel);
        await audits.SaveAsync(_ann, two, Audit.Empty, Cancel);
        var data = first.Data;
        await first.DisposeAsync();

        await using var second = new MolmoApplication { Data = data };
        audits = second.Services.GetRequiredService<IAuditStore>();
        var kept = await audits.FindAsync(_ann, conversation, Cancel);
        Assert.Equal(one, Assert.Single(kept).Key);
        Assert.Equal(audit.Steps, kept[one].Steps);

        Assert.Empty(await audits.FindAsync(_ben, conversation, Cancel));
        Assert.Equal(ChatFault.Unknown, (await Assert.ThrowsAsync<ChatRefusedException>(
            () => audits.SaveAsync(_ben, one, Audit.Empty.Judge(0, 1, DotVerdict.Wrong), Cancel))).Fault);
        await audits.SaveAsync(_ben, one, Audit.Empty, Cancel);
        Assert.Equal(audit.Steps, (await audits.FindAsync(_ann, conversation, Cancel))[one].Steps);

        await second.Services.GetRequiredService<IConversationStore>().DeleteAsync(_ann, conversation, Cancel);
        using var connection = second.Database.Open();
        Assert.Equal(0, connection.ExecuteScalar<int>("SELECT COUNT(*) FROM audits"));
    }

    [Fact]
    public async Task Save_WhatNobodyCanHaveDone_IsRefused()
    {
        await using var app = new MolmoApplication();
        app.Seed(_ann, ("one", Pointing, null, EndReason.Finished), ("two", Pointing, null, EndReason.Finished));
        var (one, _) = Answers(app);
        var audits = app.Services.GetRequiredService<IAuditStore>();
        foreach (var step in new[]
        {
            new AuditStep(0, 0, DotVerdict.Right), new AuditStep(0, X: double.NaN, Y: 1), new AuditStep(
                0, 1, (DotVerdict)7)
        })
            Assert.Equal(ChatFault.Invalid, (await Assert.ThrowsAsync<ChatRefusedException>(
                () => audits.SaveAsync(_ann, one, new Audit { Steps = [step] }, Cancel))).Fault);
        using var connection = app.Database.Open();
        Assert.Equal(0, connection.ExecuteScalar<int>("SELECT COUNT(*) FROM audits"));
    }

    [Fact]
    public async Task Share_OfACheckedAnswer_HasTheCheckAsItWasThen()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.CreateClient(new() { HandleCookies = false });
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var owner = app.OwnerOf(image);
        var conversation =
            app.Seed(owner, ("one", Pointing, image, EndReason.Finished), ("two", Pointing, image, EndReason.Finished));
        var (one, _) = Answers(app);
        var audits = app.Services.GetRequiredService<IAuditStore>();
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong);
        await audits.SaveAsync(owner, one, audit, Cancel);
        var link = await person.ShareAsync(conversation);
        await audits.SaveAsync(owner, one, audit.AddMissed(0, 1, 1), Cancel);

        var shared = (await app.Services.GetRequiredService<IShareService>().FindAsync(new ShareId(link), Cancel))!;
        Assert.Equal(audit.Steps, shared.Turns[0].Audit!.Steps);
        Assert.Null(shared.Turns[1].Audit);
        const string Result = "2 claimed, 1 confirmed, 1 wrong, 0 missed. Precision 50 %, recall 100 %.";
        foreach (var address in new[] { $"/s/{link}", $"/embed/{link}?turn=1", $"/s/{link}.html" })
            Assert.Contains(Result, await friend.GetStringAsync(address, Cancel), StringComparison.Ordinal);
        // One's own file is of now.
        var own = JsonNode.Parse(await person.GetStringAsync($"/answers/{one}.json", Cancel))!;
        Assert.Equal(1, (int)own["turns"]![0]!["audit"]!["missed"]!);

        // A link from before there were checks.
        using (var connection = app.Database.Open())
            connection.Execute("UPDATE shares SET body = json_remove(body, '$[0].audit', '$[1].audit')");
        Assert.Null((await app.Services.GetRequiredService<IShareService>()
            .FindAsync(new ShareId(link), Cancel))!.Turns[0].Audit);
    }

    private static (GenerationId One, GenerationId Two) Answers(MolmoApplication app)
    {
        using var connection = app.Database.Open();
        var ids = connection.Query<string>("SELECT id FROM generations ORDER BY ordinal").ToList();
        return (new GenerationId(ids[0]), new GenerationId(ids[1]));
    }
}
