using System.Reflection;
using Molmo.Demo.Inference.Torch;
using TorchSharp;

namespace Molmo.Demo.Inference.Tests.Torch;

/// <summary>
/// What the code of the libtorch project calls. A number that is made for one call can be freed while native code reads
/// it, once in many thousand steps: no run shows that reliably, but the compiled code does.
/// </summary>
public sealed class ScalarUseTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
            | BindingFlags.DeclaredOnly;

    private const byte Call = 0x28;

    /// <summary>Products and quotients of tensors take no number with them.</summary>
    private static readonly string[] Harmless = ["op_Multiply", "op_Division"];

    private static readonly Assembly Code = typeof(TorchModelRunner).Assembly;

    [Fact]
    public void Numbers_AreMadeOnlyWhereTheyAreKept()
    {
        var makers = Code.GetTypes()
            .SelectMany(type => type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
            .Where(method => CallsOf(method).Any(called => called.DeclaringType == typeof(Scalar)))
            .Select(method => $"{method.DeclaringType!.Name}{method.Name}").Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(["DeviceSampler.ctor", "RmsNorm.ctor", "Scalars.cctor"], makers);
    }

    [Fact]
    public void Operators_ThatMakeNumbers_AreNotUsed()
    {
        var used = Code.GetTypes()
            .SelectMany(type => type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
            .SelectMany(CallsOf).Where(called => called.DeclaringType == typeof(torch.Tensor)).ToList();

        Assert.Contains(used, called => called.Name == "op_Multiply");
        Assert.DoesNotContain(used, called => called.Name.StartsWith("op_", StringComparison.Ordinal)
            && !(Harmless.Contains(called.Name)
                && called.GetParameters().All(parameter => parameter.ParameterType == typeof(torch.Tensor))));
        // Without a factor of its own an addition makes one.
        Assert.DoesNotContain(
            used, called => called.Name is "add" or "add_" or "sub" or "sub_" or "index_add" or "addmm"
                && called.GetParameters()[^1].ParameterType != typeof(Scalar));
    }

    private static IEnumerable<MethodBase> CallsOf(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var i = 0; i + 4 < code.Length; i++)
        {
            // "call" or "callvirt", then a token. Bytes that only look so resolve to nothing.
            if (code[i] is not (Call or 0x6F)) continue;
            MethodBase? called = null;
            try
            {
                called = method.Module.ResolveMethod(
                    BitConverter.ToInt32(code, i + 1), method.DeclaringType!.GetGenericArguments(),
                    method is MethodInfo ? method.GetGenericArguments() : []);
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException)
            {
            }

            if (called is not null) yield return called;
        }
    }
}
