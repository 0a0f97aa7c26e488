using Molmo.Demo.Browser.Tests.Support;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The official <c>openai</c> client of npm, unchanged, against the real server and its model.</summary>
public sealed class OpenAiClientTests(Site site)
{
    [Fact]
    public async Task Client_ModelsCompletionsStreamsAndErrors_AreUnderstood()
    {
        Assert.SkipUnless(NodeScript.Has("openai"), "The npm package openai is not here: ./test.sh installs it.");
        var told = await NodeScript.RunAsync(
            "openai-client.mjs", site.Server, Path.Combine(TestData.Samples, "scene-08.jpg"));

        Assert.Equal("molmo-tiny", Assert.Single(told["models"]!.AsArray())!.GetValue<string>());
        Assert.Equal("molmo-tiny", told["model"]!.GetValue<string>());
        Assert.StartsWith("req_", told["requestId"]!.GetValue<string>(), StringComparison.Ordinal);

        var message = told["whole"]!["choices"]![0]!["message"]!;
        var content = message["content"]!.GetValue<string>();
        Assert.Contains("<points", content, StringComparison.Ordinal);
        var points = message["points"]![0]!;
        Assert.True(points["points"]!.AsArray().Count > 1);
        Assert.Equal('<', content[points["start"]!.GetValue<int>()]);
        Assert.Equal('>', content[points["end"]!.GetValue<int>() - 1]);
        Assert.Equal("float32", told["whole"]!["molmo"]!["stamp"]!["precision"]!.GetValue<string>());

        Assert.Equal(content, string.Concat(told["pieces"]!.AsArray().Select(piece => piece!.GetValue<string>())));
        Assert.Equal(message["points"]!.ToJsonString(), told["points"]!.ToJsonString());
        Assert.Equal("stop", told["finish"]!.GetValue<string>());
        Assert.Equal(told["whole"]!["usage"]!.ToJsonString(), told["usage"]!.ToJsonString());

        Assert.Equal(told["ids"]![0]!.GetValue<string>(), told["ids"]![1]!.GetValue<string>());

        AssertError("model", "NotFoundError", 404, "model_not_found", "model");
        AssertError("value", "BadRequestError", 400, "invalid_value", "temperature");
        AssertError("picture", "APIError", 415, "picture_type_unsupported", "image");
        AssertError("path", "NotFoundError", 404, "not_found", null);

        void AssertError(string name, string kind, int status, string code, string? param)
        {
            var error = told["errors"]![name]!;
            Assert.Equal((kind, status, "invalid_request_error", code, param),
                (error["kind"]!.GetValue<string>(), error["status"]!.GetValue<int>(), error["type"]!.GetValue<string>(),
                    error["code"]!.GetValue<string>(), error["param"]?.GetValue<string>()));
            Assert.StartsWith("req_", error["requestId"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }
}
