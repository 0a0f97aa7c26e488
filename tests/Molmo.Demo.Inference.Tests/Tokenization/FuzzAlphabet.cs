namespace Molmo.Demo.Inference.Tests.Tokenization;

/// <summary>What <see cref="FuzzText"/> draws from: words, and ranges of characters, first and last included.</summary>
internal static class FuzzAlphabet
{
    public static readonly string[] Words =
    [
        "the", "a", "of", "dog", "Point", "to", "all", "How", "many", "apples", "table", "photograph",
        "internationalization", "What", "is", "shown", "in", "this", "image", "?", "!", ", ", ". ", "naïve", "café",
        "Straße", "über", "señor", "e.g.", "3rd", "RGB", "iPhone15", "hello_world", "snake-case", "CamelCase",
        "http://example.org/a?b=c&d=%20#e",
        "日本語", "你好", "привет", "مرحبا", "שלום", "สวัสดี", "नमस्ते", "한국어", "γειά", "σου", "🙂",
    ];

    // The long s is an s where case is ignored.
    public static readonly string[] Contractions =
    [
        "it's", "I'm", "WE'RE", "you'Ve", "don't", "he'LL", "I'd", "it'\u017F", "it\u2019s", "'", "''s", "'lL",
        "'rE", "'x", " 's",
    ];

    public static readonly string[] Tokens =
    [
        "<|endoftext|>", "<im_start>", "<im_end>", "<im_patch>", "<im_col>", "<|image|>", "<|im_start|>", "<|im_end|>",
        "<|pad|>", "<|padding|>", "|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "|||IP_ADDRESS|||", "<|extra_id_0|>",
        "<|fim_prefix|>", "<|endofprompt|>", "|<EXTRA_TOKENS_0>|", "|<EXTRA_TOKENS_17>|", "|<EXTRA_TOKENS_417>|",
        "<im_end>\u0338", "<|endoftext|><im_start>", "                        ", "  ", "   ", " User: ", " Assistant:",
    ];

    public static readonly (int First, int Last)[] Ascii = [(' ', '~')];

    public static readonly (int First, int Last)[] Numbers =
    [
        ('0', '9'), ('0', '9'), (0x660, 0x669), (0x966, 0x96F), (0xFF10, 0xFF19), (0xB2, 0xB3), (0xBC, 0xBE),
        (0x2160, 0x2188), (0x2460, 0x249B), (0x1D7CE, 0x1D7FF), (0x104A0, 0x104A9), (0x10107, 0x10133),
    ];

    public static readonly (int First, int Last)[] WhiteSpace =
    [
        (' ', ' '), (' ', ' '), ('\t', '\r'), ('\n', '\n'), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680),
        (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
    ];

    public static readonly (int First, int Last)[] Ideographs =
        [(0x4E00, 0x9FA5), (0x3400, 0x4DB5), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x3001, 0x3002), (0xF900, 0xFA0D)];

    public static readonly (int First, int Last)[] Scripts =
    [
        (0xC0, 0x17F), (0x180, 0x24F), (0x370, 0x373), (0x391, 0x3A1), (0x3B1, 0x3CE), (0x410, 0x44F), (0x531, 0x556),
        (0x5D0, 0x5EA), (0x620, 0x64A), (0x905, 0x939), (0x958, 0x95F), (0xE01, 0xE30), (0x10D0, 0x10F0),
        (0x1E00, 0x1EF9), (0x1F00, 0x1F15), (0x2100, 0x213A), (0x20A0, 0x20BF), (0x2190, 0x2335),
        (0xAC00, 0xD7A3), (0xFB00, 0xFB06), (0xFB1D, 0xFB36), (0xFF21, 0xFF3A),
    ];

    public static readonly (int First, int Last)[] Emoji =
    [
        (0x1F600, 0x1F64F), (0x1F680, 0x1F6C5), (0x1F466, 0x1F469), (0x1F1E6, 0x1F1FF), (0x2600, 0x2605),
        (0x2764, 0x2764),
    ];

    public static readonly string[] Bases =
        ["a", "e", "o", "A", "s", "u", "E", "\u1EA1", "\u03B1", "\u0915", "\u304B", "\u05E9", "\u4E00", " ", "1"];

    // Of many combining classes, so that their order matters; some compose, some are excluded from it.
    public static readonly (int First, int Last)[] Marks =
    [
        (0x300, 0x304), (0x306, 0x30C), (0x323, 0x328), (0x300, 0x34E), (0x591, 0x5BD), (0x64B, 0x652), (0x93C, 0x93C),
        (0x94D, 0x94D), (0x3099, 0x309A), (0x20D0, 0x20DC), (0x1D165, 0x1D169), (0x302A, 0x302D), (0x345, 0x345),
    ];

    // Pairs of starters that compose, singletons, exclusions.
    public static readonly string[] Composing =
    [
        "\u0B92\u0BD7", "\u0BC6\u0BBE", "\u09C7\u09BE", "\u1B05\u1B35", "\u0CC6\u0CC2\u0CD5", "\u0DD9\u0DCF\u0DCA",
        "\U00011099\U000110BA", "\U00011131\U00011127", "\U00011347\U0001133E", "\u212B", "\u2126", "\u0340\u0341",
        "\u0344", "\u0958", "\uFB1D", "\uFA10", "\u2ADC", "\U0002F800", "\U0002FA1D", "\U0001D15E", "\U0001D1BB",
        "\u1E9B\u0323", "<\u0338", ">\u0338", "=\u0338", "e\u0301\u0323", "\uAC00\u11A8", "\u0627\u0653",
        "\u30AB\u3099", "\u1100\u1161\u11A8",
    ];

    public static readonly (int First, int Last)[] Astral =
    [
        (0x10330, 0x1034A), (0x10400, 0x1044F), (0x20000, 0x2A6D6), (0x1D400, 0x1D454), (0x1D7CE, 0x1D7FF),
        (0x104A0, 0x104A9), (0x10107, 0x10133), (0x1F100, 0x1F10C), (0x1D100, 0x1D126),
        (0x2F800, 0x2FA1D), (0x12000, 0x12399), (0xE0020, 0xE007F),
    ];

    // Control characters, format characters, private use, noncharacters, lone surrogates.
    public static readonly (int First, int Last)[] Odd =
    [
        (0, 0x1F), (0x7F, 0x9F), (0x200B, 0x200F), (0x202A, 0x202E), (0xFEFF, 0xFEFF), (0x180E, 0x180E), (0xAD, 0xAD),
        (0xE000, 0xE0FF), (0xFDD0, 0xFDEF), (0xFFFD, 0xFFFF), (0x1FFFE, 0x1FFFF), (0xF0000, 0xF00FF),
        (0xD800, 0xDBFF), (0xDC00, 0xDFFF),
    ];

    public static readonly (int First, int Last)[][] All =
        [Ascii, Numbers, WhiteSpace, Ideographs, Scripts, Emoji, Marks, Astral, Odd];
}
