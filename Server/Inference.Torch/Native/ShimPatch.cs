using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>
/// Makes TorchSharp's library load on systems whose libstdc++ is older than GCC 13, such as Debian 12 and Ubuntu 22.04.
/// </summary>
/// <remarks>
/// The library asks for GLIBCXX_3.4.32, which they lack. The one symbol behind it, <c>std::ios_base_library_init()</c>,
/// only marks that &lt;iostream&gt; was compiled in, and nothing calls it. The request gets the flag VER_FLG_WEAK, with
/// which the system's loader goes on where a version is missing: two bytes of a copy of the file.
/// </remarks>
internal static class ShimPatch
{
    public const string VersionName = "GLIBCXX_3.4.32";

    // The ELF hash of the name.
    private const uint VersionHash = 0x0297f842;

    private const ushort Weak = 2;

    /// <summary>A copy of a library in which its request for <see cref="VersionName"/> is weak.</summary>
    /// <exception cref="InvalidDataException">It is no whole x64 ELF library, or makes no such request.</exception>
    public static byte[] Apply(byte[] library)
    {
        using var stream = new MemoryStream(library, writable: false);
        var elf = new Elf64(stream);
        elf.CheckLength();
        var request = elf.VersionRequests().Find(request => request.Hash == VersionHash && request.Name == VersionName)
            ?? throw new InvalidDataException($"it does not ask for {VersionName}");
        var copy = library.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan((int)request.FlagsOffset), (ushort)(request.Flags | Weak));
        return copy;
    }
}
