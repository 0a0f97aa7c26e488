using System.Collections.Frozen;
using System.Reflection;

namespace Molmo.Demo.Shared.Facts;

/// <summary>A kind of fact, known by reflection over the closed set.</summary>
public sealed class FactKind
{
    private static readonly FrozenDictionary<Type, FactKind> ByType = typeof(Fact).Assembly.GetTypes()
        .Where(type => type.IsSealed && type.IsSubclassOf(typeof(Fact)))
        .ToFrozenDictionary(type => type, type => new FactKind(type));

    private static readonly FrozenDictionary<string, FactKind> ByCode =
        ByType.Values.ToFrozenDictionary(kind => kind.Code);

    private readonly ImmutableArray<PropertyInfo> _arguments;
    private readonly int _counted;

    private FactKind(Type type)
    {
        Type = type;
        Code = JsonNamingPolicy.CamelCase.ConvertName(type.Name);
        // A record's constructor names its properties; the other one copies.
        var parameters = type.GetConstructors()[0].GetParameters();
        _arguments = [.. parameters.Select(parameter => type.GetProperty(parameter.Name!)!)];
        _counted = Array.FindIndex(parameters, parameter => parameter.IsDefined(typeof(CountedAttribute)));
    }

    /// <summary>All kinds.</summary>
    public static IEnumerable<FactKind> All => ByType.Values;

    /// <summary>The record.</summary>
    public Type Type { get; }

    /// <summary>Its name for programs.</summary>
    public string Code { get; }

    /// <summary>Whether its words depend on a number.</summary>
    public bool IsCounted => _counted >= 0;

    /// <summary>The kind of a fact.</summary>
    public static FactKind Of(Type type) => ByType[type];

    /// <summary>The kind of a code; null where this version knows none.</summary>
    public static FactKind? Find(string code) => ByCode.GetValueOrDefault(code);

    /// <summary>The values of a fact's arguments, in the constructor's order.</summary>
    public object?[] ArgumentsOf(Fact fact) => [.. _arguments.Select(argument => argument.GetValue(fact))];

    /// <summary>The number that a plural form goes by; null where there is none.</summary>
    public long? CountOf(Fact fact)
        => IsCounted ? Convert.ToInt64(_arguments[_counted].GetValue(fact), CultureInfo.InvariantCulture) : null;
}
