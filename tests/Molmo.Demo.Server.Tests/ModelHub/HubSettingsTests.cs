using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>Environment variables, as the Python client reads them.</summary>
public sealed class HubSettingsTests
{
    [Theory]
    [InlineData("HF_HOME", "~/hf", "/home/ada/hf/hub")]
    [InlineData("HF_HOME", "~", "/home/ada/hub")]
    [InlineData("HF_HOME", "$PLACE/hf", "/data/ada/hf/hub")]
    [InlineData("HF_HOME", "${PLACE}x", "/data/adax/hub")]
    [InlineData("HF_HOME", "/a~/b", "/a~/b/hub")]
    [InlineData("HF_HOME", "/$NOT_SET/${NOT_SET}", "/$NOT_SET/${NOT_SET}/hub")]
    [InlineData("HF_HUB_CACHE", "~/c", "/home/ada/c")]
    [InlineData("HF_HUB_CACHE", "$HOME/c/$PLACE", "/home/ada/c//data/ada")]
    [InlineData("HUGGINGFACE_HUB_CACHE", "~/old/${USER}", "/home/ada/old/ada")]
    [InlineData("XDG_CACHE_HOME", "~/.c", "/home/ada/.c/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME", "$PLACE", "/data/ada/huggingface/hub")]
    [InlineData("OTHER", "", "/home/ada/.cache/huggingface/hub")]
    public void FromEnvironment_HomeAndVariablesInPaths_AreExpanded(string name, string value, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The paths are those of Unix.");

        Assert.Equal(Path.GetFullPath(expected), Read((name, value)).Cache);
    }

    [Fact]
    public void FromEnvironment_AnotherPerson_IsFoundInTheListOfUsers()
    {
        const string users = "/etc/passwd";
        Assert.SkipUnless(File.Exists(users), "This system lists its users elsewhere.");
        var person = File.ReadLines(users).Select(line => line.Split(':'))
            .First(parts => parts.Length == 7 && parts[5].Length > 1);

        Assert.Equal($"{person[5].TrimEnd('/')}/hf/hub", Read(("HF_HOME", $"~{person[0]}/hf")).Cache);
    }

    [Fact]
    public void FromEnvironment_UnknownPerson_StaysAsWritten()
        => Assert.Equal(
            Path.GetFullPath("~nobody-of-this-name/hf/hub"), Read(("HF_HOME", "~nobody-of-this-name/hf")).Cache);

    [Fact]
    public void FromEnvironment_TokenFile_IsFoundThroughHomeAndVariables()
    {
        var folder = Directory.CreateTempSubdirectory("molmo-hub-");
        File.WriteAllText(Path.Combine(folder.FullName, "token"), " hf_abc\n");

        Assert.Equal("hf_abc", Read(("HOME", folder.FullName), ("HF_HOME", "~")).Token);
        Assert.Equal("hf_abc", Read(("WHERE", folder.FullName), ("HF_TOKEN_PATH", "${WHERE}/token")).Token);
        Assert.Null(Read(("HF_TOKEN_PATH", folder.FullName)).Token);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void FromEnvironment_TokenThatIsNone_IsRefusedWithoutShowingIt()
    {
        var refusal = Assert.Throws<ModelHubException>(() => Read(("HF_TOKEN", "hf_a\nhf_b")));

        Assert.Contains("HF_TOKEN", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_a", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("ON", true)]
    [InlineData("on", true)]
    [InlineData("YES", true)]
    [InlineData("Yes", true)]
    [InlineData("TRUE", true)]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("0", false)]
    [InlineData("off", false)]
    [InlineData("no", false)]
    [InlineData("false", false)]
    [InlineData("2", false)]
    [InlineData("", false)]
    public void FromEnvironment_Offline_AllFormsOfTrue(string value, bool expected)
    {
        Assert.Equal(expected, Read(("HF_HUB_OFFLINE", value)).Offline);
        Assert.Equal(expected, Read(("HF_HUB_OFFLINE", ""), ("TRANSFORMERS_OFFLINE", value)).Offline);
    }

    [Fact]
    public void FromEnvironment_Endpoint_TakesVariables()
        => Assert.Equal(
            "https://mirror.test/hf/",
            Read(("HF_ENDPOINT", "https://$HOST/hf"), ("HOST", "mirror.test")).Endpoint.ToString());

    [Theory]
    [InlineData("mirror.test")]
    [InlineData("ftp://mirror.test")]
    [InlineData("https://$HOST_NOT_SET")]
    public void FromEnvironment_EndpointThatIsNone_IsNamed(string value)
        => Assert.Contains(
            $"HF_ENDPOINT is not an http or https address: {value}.",
            Assert.Throws<ModelHubException>(() => Read(("HF_ENDPOINT", value))).Message, StringComparison.Ordinal);

    private static HubSettings Read(params (string Name, string Value)[] given)
    {
        var variables = new Dictionary<string, string>
        {
            ["HOME"] = "/home/ada",
            ["USER"] = "ada",
            ["PLACE"] = "/data/ada",
        };
        foreach (var (name, value) in given) variables[name] = value;
        return HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name));
    }
}
