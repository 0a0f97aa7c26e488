using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Molmo.Demo.Inference.Weights.Torch;

/// <summary>
/// Reads the pickle of a dictionary of tensors and nothing else. A pickle is a program; this runs only the opcodes that
/// build such a dictionary, and knows only the globals of <see cref="PickleGlobal"/>: it imports, calls and executes nothing.
/// </summary>
/// <remarks>Opcodes as in CPython's Lib/pickletools.py, protocols 2 to 4.</remarks>
internal ref struct PickleReader
{
    private const int MaxStack = 100_000;
    private const int MaxMemo = 10_000_000;

    private readonly string _path;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private ReadOnlySpan<byte> _rest;
    private readonly int _length;

    private PickleReader(ReadOnlySpan<byte> program, string path)
    {
        _rest = program;
        _length = program.Length;
        _path = path;
    }

    /// <summary>The value the pickle builds: dictionaries, lists, tuples (arrays), strings, numbers, tensors.</summary>
    /// <exception cref="ModelFormatException">Anything that a dictionary of tensors does not need, named.</exception>
    public static object? Read(ReadOnlySpan<byte> program, string path) => new PickleReader(program, path).Run();

    private object? Run()
    {
        while (true)
        {
            var opcode = Byte();
            switch (opcode)
            {
                case 0x80: // PROTO
                    if (Byte() is < 2 or > 5) throw Refused("a protocol other than 2 to 5");
                    break;
                case 0x95: Take(8); break; // FRAME
                case (byte)'.': return Finish(); // STOP
                case (byte)'(': _marks.Add(_stack.Count); break; // MARK
                case (byte)'N': Push(null); break; // NONE
                case 0x88: Push(true); break; // NEWTRUE
                case 0x89: Push(false); break; // NEWFALSE
                case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break; // BININT
                case (byte)'K': Push((long)Byte()); break; // BININT1
                case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break; // BININT2
                case 0x8a: Push(Long()); break; // LONG1
                case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break; // BINFLOAT
                case (byte)'X': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break; // BINUNICODE
                case 0x8c: Push(Text(Byte())); break; // SHORT_BINUNICODE
                case (byte)'}': Push(new Dictionary<object, object?>()); break; // EMPTY_DICT
                case (byte)']': Push(new List<object?>()); break; // EMPTY_LIST
                case (byte)')': Push(Array.Empty<object?>()); break; // EMPTY_TUPLE
                case (byte)'t': Push(PopToMark()); break; // TUPLE
                case 0x85: Push(Pop(1)); break; // TUPLE1
                case 0x86: Push(Pop(2)); break; // TUPLE2
                case 0x87: Push(Pop(3)); break; // TUPLE3
                case (byte)'q': Memoize(Byte()); break; // BINPUT
                case (byte)'r': Memoize(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break; // LONG_BINPUT
                case 0x94: Memoize(_memo.Count); break; // MEMOIZE
                case (byte)'h': Push(Recall(Byte())); break; // BINGET
                case (byte)'j': Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break; // LONG_BINGET
                case (byte)'c': Push(Global(Line(), Line())); break; // GLOBAL
                case 0x93: { var names = Pop(2); Push(Global(names[0] as string ?? "?", names[1] as string ?? "?")); break; } // STACK_GLOBAL
                case (byte)'Q': Push(PickleStorage.From(Pop(1)[0]) ?? throw Refused("a reference to something other than a storage")); break; // BINPERSID
                case (byte)'R': { var call = Pop(2); Push(Call(call[0], call[1])); break; } // REDUCE
                case (byte)'b': Build(); break; // BUILD
                case (byte)'s': { var item = Pop(2); SetItems(item); break; } // SETITEM
                case (byte)'u': SetItems(PopToMark()); break; // SETITEMS
                case (byte)'a': { var item = Pop(1); Append(item); break; } // APPEND
                case (byte)'e': Append(PopToMark()); break; // APPENDS
                default: throw Refused($"opcode 0x{opcode.ToString("x2", CultureInfo.InvariantCulture)}");
            }
        }
    }

    private object? Finish()
    {
        if (_stack.Count != 1) throw Refused("an end with other than one value");
        return _stack[0];
    }

    private object Global(string module, string name)
        => PickleGlobal.Find(module, name) ?? throw Refused($"the global '{Shown(module)}.{Shown(name)}', which a file of weights does not need. Nothing of it was run");

    private object? Call(object? callee, object? arguments)
    {
        if (callee is not PickleGlobal global || arguments is not object?[] values) throw Refused("a call of something that is no known global");
        return global.Kind switch
        {
            PickleGlobalKind.OrderedDictionary when values.Length == 0 => new Dictionary<object, object?>(),
            PickleGlobalKind.RebuildTensor => PickleTensor.From(values) ?? throw Refused("a tensor of an unknown form"),
            PickleGlobalKind.RebuildParameter when values is [PickleTensor tensor, ..] => tensor,
            PickleGlobalKind.Size when values is [object?[] size] => size,
            _ => throw Refused($"a call of '{global.Name}' with unknown arguments"),
        };
    }

    // A state dictionary carries its version marks as an attribute; they say nothing about the weights.
    private readonly void Build()
    {
        Pop(1);
        if (_stack.Count == 0 || _stack[^1] is not Dictionary<object, object?>) throw Refused("a state set on something other than a dictionary");
    }

    private readonly void SetItems(object?[] items)
    {
        if (_stack.Count == 0 || _stack[^1] is not Dictionary<object, object?> dictionary || items.Length % 2 != 0) throw Refused("items set on something other than a dictionary");
        for (var i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long)) throw Refused("a key that is neither text nor number");
            if (!dictionary.TryAdd(items[i]!, items[i + 1])) throw Refused($"the key '{Shown(items[i]!.ToString()!)}' twice");
        }
    }

    private readonly void Append(object?[] items)
    {
        if (_stack.Count == 0 || _stack[^1] is not List<object?> list) throw Refused("items appended to something other than a list");
        list.AddRange(items);
    }

    private readonly void Push(object? value)
    {
        if (_stack.Count >= MaxStack) throw Refused("a stack deeper than a file of weights needs");
        _stack.Add(value);
    }

    private readonly object?[] Pop(int count)
    {
        var floor = _marks.Count > 0 ? _marks[^1] : 0;
        if (_stack.Count - count < floor) throw Refused("a value taken from an empty stack");
        var values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private readonly object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Refused("a group without its beginning");
        var count = _stack.Count - _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private readonly void Memoize(long key)
    {
        if (_stack.Count == 0) throw Refused("a note of nothing");
        if (_memo.Count >= MaxMemo) throw Refused("more notes than a file of weights needs");
        _memo[key] = _stack[^1];
    }

    private readonly object? Recall(long key) => _memo.TryGetValue(key, out var value) ? value : throw Refused($"note {key}, which was never made");

    private long Long()
    {
        var value = new BigInteger(Take(Byte()));
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : throw Refused("a number of more than 64 bits");
    }

    private string Text(long length)
    {
        if (length > _rest.Length) throw Refused("a text that goes past the end");
        return Encoding.UTF8.GetString(Take((int)length));
    }

    private string Line()
    {
        var end = _rest.IndexOf((byte)'\n');
        if (end is < 0 or > 1000) throw Refused("a name without an end");
        var text = Encoding.UTF8.GetString(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return text;
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw Refused("an end in the middle of an instruction");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static string Shown(string text) => text.Length > 80 ? text[..80] + "..." : text;

    private readonly ModelFormatException Refused(string what)
        => new(_path, $"pickle byte {(_length - _rest.Length).ToString(CultureInfo.InvariantCulture)}", $"the file holds {what}.");
}
