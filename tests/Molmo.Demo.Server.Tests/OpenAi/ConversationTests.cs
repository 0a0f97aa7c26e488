using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Server.OpenAi;

namespace Molmo.Demo.Server.Tests.OpenAi;

/// <summary>Conversations in the forms in which clients send them.</summary>
public sealed class ConversationTests
{
    private const string Ask = """{"role":"user","content":"What is it?"}""";

    /// <summary>Messages, the question that is asked, and the earlier turns as <c>question|answer</c>.</summary>
    public static TheoryData<string, string, string[]> Accepted => new()
    {
        // A greeting before the first question; the end of a conversation whose beginning was left out.
        { """{"role":"assistant","content":"Hello! Show me a photo."},""" + Ask, "What is it?",
            ["|Hello! Show me a photo."] },
        // The last word is the assistant's: the question before it is asked again.
        { Ask + """,{"role":"assistant","content":"A cat."}""", "What is it?", ["What is it?|A cat."] },
        // The empty answer that pages put down before they ask.
        { Ask + """,{"role":"assistant","content":""}""", "What is it?", [] },
        { Ask + """,{"role":"assistant","content":null}""", "What is it?", [] },
        // Tools that another model called: what they found is text of the conversation.
        { Ask + """
            ,{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
              "function":{"name":"weather","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"12 degrees"}
            """, "What is it?\n12 degrees", [] },
        { Ask + """
            ,{"role":"assistant","content":"","function_call":{"name":"weather","arguments":"{}"}},
            {"role":"function","name":"weather","content":"12 degrees"},
            {"role":"assistant","content":"It is cold."},{"role":"user","content":"Sure?"}
            """, "Sure?", ["What is it?\n12 degrees|It is cold."] },
        { Ask + """
            ,{"role":"assistant","content":[{"type":"text","text":"I look."}],"tool_calls":[{"id":"c1",
              "type":"function","function":{"name":"weather","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"12 degrees"}]}
            """, "12 degrees", ["What is it?|I look."] },
        // What another model refused to say.
        { Ask + """
            ,{"role":"assistant","content":null,"refusal":"I can't help with that."},{"role":"user","content":"Why?"}
            """, "Why?", ["What is it?|I can't help with that."] },
        { Ask + """
            ,{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]},{"role":"user","content":"Why?"}
            """, "Why?", ["What is it?|No."] },
        // Parts that are no objects, parts of the other API, one part instead of a list.
        { """{"role":"user","content":["What","is it?"]}""", "What\nis it?", [] },
        { """{"role":"user","content":[{"type":"input_text","text":"What is it?"}]}""", "What is it?", [] },
        { """{"role":"user","content":{"type":"text","text":"What is it?"}}""", "What is it?", [] },
        { """
            {"role":"user","content":[{"type":"input_text","text":"One?"}]},
            {"role":"assistant","content":[{"type":"output_text","text":"One.","annotations":[]}]},
            {"role":"user","content":"Two?"}
            """, "Two?", ["One?|One."] },
        // Roles without a place in this model's prompt, names, an answer of this server given back whole.
        { """{"role":"developer","content":[{"type":"text","text":"Be brief."}]},""" + Ask, "What is it?", [] },
        { """{"role":"user","name":"ann","content":"What is it?"}""", "What is it?", [] },
        { Ask + """
            ,{"role":"assistant","content":"A cat.","refusal":null,"annotations":[],"audio":null,"tool_calls":null,
              "function_call":null,"points":[]},{"role":"user","content":"Sure?"}
            """, "Sure?", ["What is it?|A cat."] },
        { """{"role":"user","content":"One."},{"role":"user","content":[]},{"role":"user","content":"Two."}""",
            "One.\nTwo.", [] },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Complete_ConversationOfAClient_IsUnderstood(string messages, string question, string[] turns)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();

        using var response = await program.AskAsync(JsonNode.Parse($$"""{"messages":[{{messages}}]}""")!);

        Assert.True(response.IsSuccessStatusCode,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var asked = Assert.Single(chat.Model.Asked);
        Assert.Equal(question, asked.Text);
        Assert.Equal(turns, asked.History.Select(turn => $"{turn.Question}|{turn.Answer}"));
    }

    [Theory]
    [InlineData("""{"role":"tool","tool_call_id":"c1","content":"12 degrees"}""", "messages[0].role", "tool")]
    [InlineData("""{"role":"user","content":"x"},{"role":"tool","content":"y"}""", "messages[1].role", "tool")]
    [InlineData("""{"role":"assistant","content":"Hello!"}""", "messages", "of the user")]
    [InlineData("""{"role":"system","content":"Be kind."}""", "messages", "of the user")]
    [InlineData("""{"role":"bystander","content":"x"}""", "messages[0].role", "user, assistant")]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"","format":"wav"}}]}""",
        "messages[0].content[0].type", "image_url")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}""",
        "messages[0].content[0].type", "image_url")]
    [InlineData("""{"role":"user","content":["x",5]}""", "messages[0].content[1]", "JSON object")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","file_id":"f"}]}""",
        "messages[0].content[0].image_url", "missing")]
    [InlineData("""{"role":"assistant","content":[{"type":"image_url","image_url":{"url":"data:,x"}}]}""",
        "messages[0].content[0].image_url.url", "of the user")]
    public async Task Complete_ConversationWithoutSense_IsRefusedInWords(string messages, string param, string word)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();

        using var response = await program.AskAsync(JsonNode.Parse($$"""{"messages":[{{messages}}]}""")!);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = await response.ErrorAsync();
        Assert.Equal(("invalid_request_error", param), (error.Type, error.Param));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.Empty(chat.Model.Asked);
    }

    [Fact]
    public async Task Complete_ToolCallsAndNames_AreNamedAsIgnored()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();

        using var response = await program.AskAsync(JsonNode.Parse("""
            {"messages":[{"role":"user","name":"ann","content":"x"},
             {"role":"assistant","content":null,"tool_calls":[{"id":"c1"}],"refusal":null},
             {"role":"tool","tool_call_id":"c1","content":"y"},{"role":"assistant","content":"z"}],
             "user":null,"metadata":null,"tools":null}
            """)!);

        Assert.Equal("ignored messages[0].name, ignored messages[1].tool_calls, asked the last question again",
            Assert.Single(response.Headers.GetValues("X-Molmo-Warning")));
    }

    /// <summary>Clients send the whole conversation with each question, its photo too.</summary>
    [Fact]
    public async Task Complete_PhotoInEveryTurn_CountsOnceAConversation()
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        var body = OpenAiCalls.Question(picture: OpenAiCalls.Picture);
        var messages = body["messages"]!.AsArray();
        for (var turn = 0; turn < 12; turn++)
        {
            using var response = await program.AskAsync(body);
            Assert.True(response.IsSuccessStatusCode, $"turn {turn}: {response.StatusCode}");
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = "Yes." });
            messages.Add(messages[0]!.DeepClone());
        }
    }

    [Fact]
    public void PhotoCount_TurnsOfKnownAndOtherPhotos_CountsEachConversationOnce()
    {
        var (ann, bob) = (new VisitorId("ann"), new VisitorId("bob"));
        var (cat, dog) = (new byte[] { 1 }, new byte[] { 2 });
        var time = new FakeTimeProvider();
        var count = new PhotoCount(time, perMinute: 2);

        Assert.True(count.TryTake(ann, cat, isFirstTurn: true, out _));
        for (var turn = 0; turn < 9; turn++) Assert.True(count.TryTake(ann, cat, isFirstTurn: false, out _));
        Assert.True(count.TryTake(ann, cat, isFirstTurn: true, out _));
        Assert.False(count.TryTake(ann, cat, isFirstTurn: true, out var wait));
        Assert.Equal(TimeSpan.FromMinutes(1), wait);
        // Turns before a photo that was not counted yet do not make it free, nor does another's.
        Assert.False(count.TryTake(ann, dog, isFirstTurn: false, out _));
        Assert.True(count.TryTake(bob, dog, isFirstTurn: false, out _));
        Assert.True(count.TryTake(ann, cat, isFirstTurn: false, out _));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(count.TryTake(ann, dog, isFirstTurn: false, out _));
    }
}
