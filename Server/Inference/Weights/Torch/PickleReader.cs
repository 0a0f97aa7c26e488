using System.Buffers.Binary;
using System.Numerics;

namespace Molmo.Demo.Inference.Weights.Torch;

/// <summary>
/// Reads the pickle of a dictionary of tensors and nothing else. A pickle is a program; this runs only the opcodes that
/// build such a dictionary, and knows only the globals of <see cref="PickleGlobal"/>: it imports, calls and executes
/// nothing.
/// </summary>
/// <remarks>
/// Opcodes as in CPython's Lib/pickletools.py, protocols 2 to 5. No opcode here makes more than its own bytes and a few
/// small objects, so that memory is bounded by the limits below however the program is written.
/// </remarks>
internal ref struct PickleReader
{
    /// <summary>Longest program: the published checkpoints have below 1 MB.</summary>
    public const int MaxLength = 16 << 20;

    /// <summary>A tensor takes some forty.</summary>
    private const int MaxInstructions = 1_000_000;
    private const int MaxStack = 100_000;
    private const int MaxMarks = 100;
    private const int MaxGlobalName = 200;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly string _path;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private readonly int _length;
    private ReadOnlySpan<byte> _rest;
    private int _at;

    private PickleReader(ReadOnlySpan<byte> program, string path)
    {
        _rest = program;
        _length = program.Length;
        _path = path;
    }

    /// <summary>The value the pickle builds: dictionaries, lists, tuples (arrays), texts, numbers, tensors.</summary>
    /// <exception cref="ModelFormatException">Anything that a dictionary of tensors does not need, named.</exception>
    public static object? Read(ReadOnlySpan<byte> program, string path) => new PickleReader(program, path).Run();

    private object? Run()
    {
        if (_length > MaxLength) throw Refused($"{_length} bytes, above the limit of {MaxLength}");
        if (Byte() != 0x80) throw Refused("no protocol at its beginning"); // PROTO
        if (Byte() is < 2 or > 5) throw Refused("a protocol other than 2 to 5");
        for (var i = 0; i < MaxInstructions; i++)
        {
            _at = _length - _rest.Length;
            var opcode = Byte();
            if (opcode == (byte)'.') return Finish(); // STOP
            Execute(opcode);
        }

        throw Refused($"more than {MaxInstructions} instructions");
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x95: Frame(); break; // FRAME
            case (byte)'(': Mark(); break; // MARK
            case (byte)'N': Push(null); break; // NONE
            case 0x88: Push(true); break; // NEWTRUE
            case 0x89: Push(false); break; // NEWFALSE
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break; // BININT
            case (byte)'K': Push((long)Byte()); break; // BININT1
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break; // BININT2
            case 0x8a: Push(Long()); break; // LONG1
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break; // BINFLOAT
            case (byte)'X': Push(Text(Length())); break; // BINUNICODE
            case 0x8c: Push(Text(Byte())); break; // SHORT_BINUNICODE
            case (byte)'}': Push(new Dictionary<object, object?>()); break; // EMPTY_DICT
            case (byte)']': Push(new List<object?>()); break; // EMPTY_LIST
            case (byte)')': Push(Array.Empty<object?>()); break; // EMPTY_TUPLE
            case (byte)'t': Push(PopToMark()); break; // TUPLE
            case 0x85: Push(Pop(1)); break; // TUPLE1
            case 0x86: Push(Pop(2)); break; // TUPLE2
            case 0x87: Push(Pop(3)); break; // TUPLE3
            case (byte)'q': Memoize(Byte()); break; // BINPUT
            case (byte)'r': Memoize(Length()); break; // LONG_BINPUT
            case 0x94: Memoize(_memo.Count); break; // MEMOIZE
            case (byte)'h': Push(Recall(Byte())); break; // BINGET
            case (byte)'j': Push(Recall(Length())); break; // LONG_BINGET
            case (byte)'c': Push(Global(Line(), Line())); break; // GLOBAL
            case 0x93: Push(StackGlobal(Pop(2))); break; // STACK_GLOBAL
            // BINPERSID
            case (byte)'Q':
                Push(PickleStorage.From(Pop(1)[0])
                ?? throw Refused("a reference to something other than a storage of numbers")); break;
            case (byte)'R': Push(Call(Pop(2))); break; // REDUCE
            case (byte)'b': Build(); break; // BUILD
            case (byte)'s': SetItems(Pop(2)); break; // SETITEM
            case (byte)'u': SetItems(PopToMark()); break; // SETITEMS
            case (byte)'a': Append(Pop(1)); break; // APPEND
            case (byte)'e': Append(PopToMark()); break; // APPENDS
            default:
                throw Refused($"the opcode 0x{opcode.ToString("x2", CultureInfo.InvariantCulture)}, "
                + $"which a file of weights does not need; nothing of it was run");
        }
    }

    private readonly object? Finish()
    {
        if (_stack.Count != 1 || _marks.Count != 0) throw Refused("an end with other than one value");
        if (!_rest.IsEmpty) throw Refused($"{_rest.Length} bytes after its end");
        return _stack[0];
    }

    private readonly PickleGlobal Global(string module, string name)
        => PickleGlobal.Find(module, name)
           ?? throw Refused($"the global '{ModelFormatException.Shown(module)}.{ModelFormatException.Shown(name)}', "
               + $"which a file of weights does not need; nothing of it was run");

    private readonly PickleGlobal StackGlobal(object?[] names)
        => names is [string module, string name]
            ? Global(module, name)
            : throw Refused("a global whose name is no text");

    private readonly object? Call(object?[] call)
    {
        if (call is not [PickleGlobal global, object?[] values])
            throw Refused("a call of something other than a known global");
        return global.Kind switch
        {
            PickleGlobalKind.OrderedDictionary when values.Length == 0 => new Dictionary<object, object?>(),
            PickleGlobalKind.RebuildTensor => PickleTensor.From(values) ?? throw Refused("a tensor of an unknown form"),
            PickleGlobalKind.RebuildParameter
                when values is [PickleTensor tensor, bool, Dictionary<object, object?> { Count: 0 }] => tensor,
            PickleGlobalKind.Size when values is [object?[] size] => size,
            _ => throw Refused($"a call of '{global.Module}.{global.Name}' with unknown arguments"),
        };
    }

    /// <summary>
    /// A state dictionary carries its version marks as an attribute; they say nothing about the weights.
    /// </summary>
    private readonly void Build()
    {
        if (Pop(1)[0] is not Dictionary<object, object?>) throw Refused("a state that is no dictionary");
        if (Top() is not Dictionary<object, object?>) throw Refused("a state set on something other than a dictionary");
    }

    private readonly void SetItems(object?[] items)
    {
        if (Top() is not Dictionary<object, object?> dictionary || items.Length % 2 != 0)
            throw Refused("items set on something other than a dictionary");
        for (var i = 0; i < items.Length; i += 2)
        {
            // Only such keys: comparing others would look into them, and they may hold each other a million times.
            if (items[i] is not (string or long)) throw Refused("a key that is neither text nor number");
            if (!dictionary.TryAdd(items[i]!, items[i + 1]))
                throw Refused($"the key '{ModelFormatException.Shown(items[i]!.ToString()!)}' twice");
        }
    }

    private readonly void Append(object?[] items)
    {
        if (Top() is not List<object?> list) throw Refused("items appended to something other than a list");
        list.AddRange(items);
    }

    private readonly void Mark()
    {
        if (_marks.Count >= MaxMarks) throw Refused("groups nested deeper than a file of weights needs");
        _marks.Add(_stack.Count);
    }

    private readonly void Push(object? value)
    {
        if (_stack.Count >= MaxStack) throw Refused("a stack deeper than a file of weights needs");
        _stack.Add(value);
    }

    /// <summary>The first stack place that belongs to the innermost group.</summary>
    private readonly int Floor() => _marks.Count > 0 ? _marks[^1] : 0;

    private readonly object? Top()
        => _stack.Count > Floor() ? _stack[^1] : throw Refused("a value taken from an empty stack");

    private readonly object?[] Pop(int count)
    {
        if (_stack.Count - count < Floor()) throw Refused("a value taken from an empty stack");
        return Cut(_stack.Count - count);
    }

    private readonly object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Refused("a group without its beginning");
        var values = Cut(_marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private readonly object?[] Cut(int start)
    {
        var values = new object?[_stack.Count - start];
        _stack.CopyTo(start, values, 0, values.Length);
        _stack.RemoveRange(start, values.Length);
        return values;
    }

    private readonly void Memoize(long key) => _memo[key] = Top();

    private readonly object? Recall(long key)
        => _memo.TryGetValue(key, out var value) ? value : throw Refused($"note {key}, which was never made");

    private void Frame()
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) > (ulong)_rest.Length)
            throw Refused("a frame that goes past the end");
    }

    private long Long()
    {
        var length = Byte();
        if (length > sizeof(long)) throw Refused("a number of more than 64 bits");
        return (long)new BigInteger(Take(length));
    }

    private long Length() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private string Text(long length)
    {
        if (length > _rest.Length) throw Refused("a text that goes past the end");
        return Decode(Take((int)length));
    }

    private string Line()
    {
        var end = _rest[..Math.Min(_rest.Length, MaxGlobalName)].IndexOf((byte)'\n');
        if (end < 0) throw Refused("a name without an end");
        var text = Decode(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return text;
    }

    private readonly string Decode(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Utf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw Refused("text that is not valid Unicode");
        }
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw Refused("an end in the middle of an instruction");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private readonly ModelFormatException Refused(string what)
        => new(_path, $"data.pkl, byte {_at.ToString(CultureInfo.InvariantCulture)}", $"the pickle holds {what}.");
}
