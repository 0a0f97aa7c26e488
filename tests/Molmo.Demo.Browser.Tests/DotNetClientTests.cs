using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using Molmo.Demo.Browser.Tests.Support;
using OpenAI;
using OpenAI.Chat;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The official client for .NET, unchanged, against the real server and its model.</summary>
public sealed class DotNetClientTests(Site site)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Point to the strawberries.", 1)]
    [InlineData("How many apples are there?", 0)]
    public async Task Client_WholeAndStreamed_AreUnderstood(string question, int groups)
    {
        var chat = Client().GetChatClient("molmo");
        ChatMessage[] messages = [new UserChatMessage(
            ChatMessageContentPart.CreateImagePart(
                BinaryData.FromBytes(await File.ReadAllBytesAsync(
                    Path.Combine(TestData.Samples, "scene-08.jpg"), Cancel)),
                "image/jpeg"),
            ChatMessageContentPart.CreateTextPart(question))];

        var whole = await chat.CompleteChatAsync(messages, new ChatCompletionOptions
        {
            EndUserId = "ann",
            MaxOutputTokenCount = 512,
            StoredOutputEnabled = false,
            Metadata = { ["a"] = "b" },
            ResponseFormat = ChatResponseFormat.CreateTextFormat(),
        }, Cancel);
        var completion = whole.Value;

        var message = JsonNode.Parse(whole.GetRawResponse().Content)!["choices"]![0]!["message"]!;
        Assert.Equal(message["content"]!.GetValue<string>(), Assert.Single(completion.Content).Text);
        Assert.Equal(groups, message["points"]!.AsArray().Count);
        Assert.Equal((ChatFinishReason.Stop, ChatMessageRole.Assistant, "molmo-tiny"),
            (completion.FinishReason, completion.Role, completion.Model));
        Assert.Null(completion.Refusal);
        Assert.Empty(completion.ToolCalls);
        Assert.True(completion.Usage.InputTokenCount > 0 && completion.Usage.OutputTokenCount > 0);

        var text = "";
        ChatTokenUsage? usage = null;
        ChatFinishReason? finish = null;
        JsonNode? points = null;
        await foreach (var update in chat.CompleteChatStreamingAsync(messages, cancellationToken: Cancel))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
            finish = update.FinishReason ?? finish;
            var choices = JsonNode.Parse(ModelReaderWriter.Write(update))!["choices"]?.AsArray();
            points = choices is [{ } choice] ? choice["delta"]?["points"] ?? points : points;
        }
        Assert.Equal(completion.Content[0].Text, text);
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.Equal(completion.Usage.TotalTokenCount, usage?.TotalTokenCount);
        Assert.Equal(message["points"]!.ToJsonString(), points?.ToJsonString());
    }

    [Fact]
    public async Task Client_Models_AreListed()
    {
        var models = await Client().GetOpenAIModelClient().GetModelsAsync(Cancel);
        Assert.Equal("molmo-tiny", Assert.Single(models.Value).Id);
    }

    [Fact]
    public async Task Client_AsksForWhatThereIsNot_ReadsWhy()
    {
        var chat = Client().GetChatClient("molmo");
        ChatMessage[] messages = [new UserChatMessage("How many?")];

        var format = await Assert.ThrowsAsync<ClientResultException>(() => chat.CompleteChatAsync(
            messages, new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonObjectFormat() },
            Cancel));
        Assert.Equal(400, format.Status);
        Assert.Contains("response_format", format.Message, StringComparison.Ordinal);

        var choice = await Assert.ThrowsAsync<ClientResultException>(async () =>
        {
            await foreach (var update in chat.CompleteChatStreamingAsync(messages, new ChatCompletionOptions
            {
                Tools = { ChatTool.CreateFunctionTool("n") },
                ToolChoice = ChatToolChoice.CreateRequiredChoice(),
            }, Cancel))
                Assert.Fail($"An answer came: {update.Model}.");
        });
        Assert.Equal(400, choice.Status);
        Assert.Contains("tool_choice", choice.Message, StringComparison.Ordinal);
    }

    private OpenAIClient Client() => new(
        new ApiKeyCredential("the name of .NET among programs"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri(site.Server.Address, "v1"),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        });
}
