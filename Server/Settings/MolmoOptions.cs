using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Molmo.Demo.Inference;

namespace Molmo.Demo.Server.Settings;

/// <summary>What this process is: the web site, the engine, or both.</summary>
public enum ServerRole
{
    /// <summary>Web site and engine in one process.</summary>
    All,

    /// <summary>The web site; answers come from the inference machine.</summary>
    Web,

    /// <summary>The engine with its hub; no pages.</summary>
    Inference,
}

/// <summary>How the weights are kept in memory.</summary>
[SuppressMessage(
    "Naming", "CA1720:Identifier contains type name", Justification = "The number formats are what is named.")]
public enum WeightSetting
{
    /// <summary>The most exact that fits into the free memory.</summary>
    Auto,

    /// <summary>32 bits a weight.</summary>
    Float32,

    /// <summary>16 bits a weight, with the range of 32.</summary>
    BFloat16,

    /// <summary>16 bits a weight, IEEE half precision; through libtorch only.</summary>
    Float16,

    /// <summary>8.5 bits a weight.</summary>
    Int8,

    /// <summary>4.5 bits a weight.</summary>
    Int4,
}

/// <summary>Section <c>Molmo</c> of the configuration.</summary>
public sealed record MolmoOptions
{
    public const string Section = "Molmo";

    /// <summary>
    /// Folder of a checkpoint in Hugging Face layout, or <c>owner/name[@revision]</c> of the Hub. Default: the embedded
    /// tiny model.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>
    /// What the model computes on: <c>cpu</c> is the managed engine, <c>cuda</c>, <c>cuda:1</c> and so on a GPU through
    /// libtorch, <c>torch-cpu</c> the processor through libtorch. Default <c>auto</c>: a GPU where libtorch sees one,
    /// else the managed engine.
    /// </summary>
    [Required] public string Device { get; init; } = "auto";

    /// <summary>Folder of libtorch. Default: the one that the program was built with, if any.</summary>
    public string? LibTorch { get; init; }

    /// <summary>
    /// How the weights are kept: <c>float32</c>, <c>bfloat16</c>, <c>int8</c> or <c>int4</c>, through libtorch
    /// <c>float32</c>, <c>bfloat16</c> or <c>float16</c>. Default <c>auto</c>: the most exact that fits into the free
    /// memory; on a GPU <c>bfloat16</c>, on the processor through libtorch <c>float32</c>.
    /// </summary>
    [EnumDataType(typeof(WeightSetting))] public WeightSetting Weights { get; init; }

    /// <summary>
    /// How the managed engine keeps the picture encoder's weights, and computes: <c>exact</c> in float32, <c>int8</c>
    /// in whole numbers. Default <c>auto</c>: as the other weights, with <c>int4</c> in <c>int8</c>; beside a mixture
    /// of experts in either, <c>exact</c>.
    /// </summary>
    [EnumDataType(typeof(VisionPrecision))] public VisionPrecision Vision { get; init; }

    /// <summary>
    /// A packed file that <c>convert --out</c> wrote. Default: looked for where <c>convert</c> puts it by itself.
    /// </summary>
    public string? Packed { get; init; }

    /// <summary>
    /// A second checkpoint, in the forms of <see cref="Model"/>, loaded beside the first so that the two can be
    /// compared. Default: none.
    /// </summary>
    public string? Compare { get; init; }

    /// <summary>
    /// How the second's weights are kept, as <see cref="Weights"/>. Default <c>auto</c>: the most exact that fits
    /// beside the first.
    /// </summary>
    [EnumDataType(typeof(WeightSetting))] public WeightSetting CompareWeights { get; init; }

    /// <summary>Folder for database, pictures and keys, relative to the working folder. Default <c>data</c>.</summary>
    [Required] public string Data { get; init; } = "data";

    /// <summary>
    /// Where the data folder holds a database that cannot be gone on with: move it and the pictures aside and begin
    /// anew. Default: refuse to start.
    /// </summary>
    public bool Adopt { get; init; }

    /// <summary>
    /// Hours after which a conversation in which nothing was asked or answered any more is removed with its pictures, 0
    /// to 87600. Default 0: kept until the person deletes it. Links live by their own end.
    /// </summary>
    [Range(0, 87_600)] public int KeepHours { get; init; }

    /// <summary>What this process is. Default <see cref="ServerRole.All"/>.</summary>
    public ServerRole Role { get; init; } = ServerRole.All;

    /// <summary>Address of the inference machine, for the web role.</summary>
    public Uri? Inference { get; init; }

    /// <summary>
    /// Secret shared by web and inference machine, 16 characters or more. Without one, the inference role listens to
    /// this machine only.
    /// </summary>
    [MinLength(16)] public string? Key { get; init; }

    /// <summary>
    /// Address under which people reach this site, such as <c>https://molmo.example</c>; links are made with it.
    /// Default: the address of the request.
    /// </summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>
    /// Sites that may show shared answers in a frame, as in <c>frame-ancestors</c> of a content security policy.
    /// Default <c>*</c>: all. No other page may be framed.
    /// </summary>
    [Required] public string EmbedAncestors { get; init; } = "*";

    /// <summary>Answers written at the same time, 1 to 64, default 4.</summary>
    [Range(1, 64)] public int MaxSequences { get; init; } = 4;

    /// <summary>Questions that may wait, 1 to 10000, default 64.</summary>
    [Range(1, 10_000)] public int MaxWaiting { get; init; } = 64;

    /// <summary>Questions of one visitor running or waiting, 1 to 100, default 3.</summary>
    [Range(1, 100)] public int MaxPerVisitor { get; init; } = 3;

    /// <summary>Pages connected at the same time, 1 to 100000, default 500.</summary>
    [Range(1, 100_000)] public int MaxCircuits { get; init; } = 500;

    /// <summary>
    /// Connections held open at the same time, 1 to 100000, default 800: of pages, of programs that follow an answer,
    /// and of callers of the hub.
    /// </summary>
    [Range(1, 100_000)] public int MaxSockets { get; init; } = 800;

    /// <summary>Connections held open at the same time by one visitor, 1 to 100000, default 32.</summary>
    [Range(1, 100_000)] public int MaxSocketsPerVisitor { get; init; } = 32;

    /// <summary>
    /// Connections held open at the same time from one address other than this machine, 1 to 100000, default 100: a
    /// room behind one router fits.
    /// </summary>
    [Range(1, 100_000)] public int MaxSocketsPerAddress { get; init; } = 100;

    /// <summary>
    /// Memory for keys and values in MiB, 16 to 1048576; default 0: enough for every running answer at full length,
    /// within half of the free memory (on a GPU, nearly all of it). Two checkpoints get half of it each.
    /// </summary>
    [Range(0, 1_048_576)] public int KeyValueMegabytes { get; init; }

    /// <summary>
    /// Memory for what the model has made of photos that nobody asks about at the moment, in MiB; 0 keeps none.
    /// </summary>
    [Range(0, 1_048_576)] public int PictureMegabytes { get; init; } = 256;

    /// <summary>Threads of the engine, 0 (all cores) to 1024.</summary>
    [Range(0, 1024)] public int Threads { get; init; }

    /// <summary>
    /// Seconds until the first token of an answer, picture and prompt included; afterwards the answer is given up. 1 to
    /// 86400, default 600: large weights on a plain processor are slow.
    /// </summary>
    [Range(1, 86_400)] public int FirstTokenSeconds { get; init; } = 600;

    /// <summary>Seconds from the first token on; afterwards the answer is cut. 1 to 86400, default 1800.</summary>
    [Range(1, 86_400)] public int AnswerSeconds { get; init; } = 1800;

    /// <summary>
    /// Seconds an answer goes on while nobody reads it, before it is stopped. 1 to 86400, default 180.
    /// </summary>
    [Range(1, 86_400)] public int UnreadSeconds { get; init; } = 180;

    /// <summary>Seconds in which a connection to the Hub must come about, 1 to 600, default 15.</summary>
    [Range(1, 600)] public int HubConnectSeconds { get; init; } = 15;

    /// <summary>
    /// Seconds until the Hub's answer begins, redirects included, and again until its list of files is there. 1 to
    /// 3600, default 20.
    /// </summary>
    [Range(1, 3600)] public int HubAnswerSeconds { get; init; } = 20;

    /// <summary>
    /// Seconds that the bytes of a file may stand still, 1 to 3600, default 30. Below 256 bytes a second is as good as
    /// still.
    /// </summary>
    [Range(1, 3600)] public int HubStallSeconds { get; init; } = 30;

    /// <summary>
    /// Seconds without headway after which a fetch is given up, whatever was waited for, 1 to 86400, default 300.
    /// </summary>
    [Range(1, 86_400)] public int HubGiveUpSeconds { get; init; } = 300;

    /// <summary>
    /// Folder of recorded streams; the question <c>replay: name</c> is then answered with the one of that name. For
    /// trying and testing.
    /// </summary>
    public string? Replay { get; init; }

    /// <summary>
    /// Seconds that running answers get to finish when the server is told to end. 0 to 3600, default 30.
    /// </summary>
    [Range(0, 3600)] public int DrainSeconds { get; init; } = 30;

    /// <summary>
    /// Keys of which programs must show one, 16 characters or more each. Default none: programs are visitors like
    /// everybody, with their limits.
    /// </summary>
    public string[] ApiKeys { get; init; } = [];

    /// <summary>
    /// Sites whose pages may use the addresses for programs from a browser, such as <c>https://tool.example</c>.
    /// Default none.
    /// </summary>
    public string[] ApiOrigins { get; init; } = [];

    /// <summary>Seconds between two signs of life in a stream that has nothing to say, 1 to 300, default 15.</summary>
    [Range(1, 300)] public int HeartbeatSeconds { get; init; } = 15;

    /// <summary>
    /// Secret that lets <c>/metrics</c> be read from other machines as <c>Authorization: Bearer</c>, 16 characters or
    /// more. Without one, only this machine may.
    /// </summary>
    [MinLength(16)] public string? MetricsKey { get; init; }

    /// <summary>Secret that opens <c>/admin</c>, 16 characters or more. Without one, there is no such page.</summary>
    [MinLength(16)] public string? AdminKey { get; init; }

    /// <summary>Where the checkpoint of these options is set, for sentences that ask for another.</summary>
    internal string ModelSwitch { get; init; } = "--model or Molmo__Model";

    /// <summary><see cref="KeepHours"/> as a span; null where there is no end.</summary>
    internal TimeSpan? KeepFor => KeepHours == 0 ? null : TimeSpan.FromHours(KeepHours);

    /// <summary>The options as they are for the first checkpoint.</summary>
    internal MolmoOptions ForFirst()
        => Compare is null ? this : this with { KeyValueMegabytes = HalfOf(KeyValueMegabytes) };

    /// <summary>The options as they are for the second checkpoint; null where there is none.</summary>
    internal MolmoOptions? ForSecond() => Compare is null ? null : this with
    {
        Model = Compare,
        Weights = CompareWeights,
        Packed = null,
        KeyValueMegabytes = HalfOf(KeyValueMegabytes),
        ModelSwitch = "--compare or Molmo__Compare",
    };

    /// <summary>Without its members: some are secrets.</summary>
    public override string ToString() => Section;

    // 0 leaves the choice, and stays that.
    private static int HalfOf(int megabytes) => (megabytes + 1) / 2;
}
