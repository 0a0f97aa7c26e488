namespace Molmo.Demo.Server.OpenAi;

/// <summary>The member <c>messages</c> as this model reads it: question, answer, question, ...</summary>
/// <param name="Question">The last words of the user.</param>
/// <param name="History">Earlier turns, oldest first.</param>
/// <param name="Picture">The one picture; null without one.</param>
internal sealed record Conversation(string Question, ImmutableArray<Turn> History, byte[]? Picture)
{
    private const int MostMessages = 400;

    /// <param name="body">The request.</param>
    /// <param name="warnings">Takes what was ignored or changed.</param>
    /// <exception cref="ApiException">They are none that this model could answer; the message names the
    /// field.</exception>
    public static Conversation Read(Fields body, ICollection<string> warnings)
    {
        if (body.Find("messages") is not { ValueKind: JsonValueKind.Array } list)
            throw ApiException.Invalid("messages", "messages must be a list.");
        if (list.GetArrayLength() is 0 or > MostMessages)
            throw ApiException.Invalid("messages", $"messages must hold 1 to {MostMessages} messages.");
        var reader = new Reader(warnings);
        var number = 0;
        foreach (var message in list.EnumerateArray()) reader.Add(new Fields(message, $"messages[{number++}]"));
        return reader.Complete();
    }

    private sealed class Reader(ICollection<string> warnings)
    {
        // Sides in turn, beginning with the user's: messages of one side that follow each other are one.
        private readonly List<string> _sides = [];
        private bool _isAsked;
        private bool _hasCalls;
        private byte[]? _picture;
        private string? _pictureText;

        public void Add(Fields message)
        {
            var role = message.Text("role");
            switch (role)
            {
                case "user":
                    _isAsked = true;
                    Say(isUser: true, TextOf(message, isUser: true));
                    break;
                case "assistant":
                    AddAnswer(message);
                    break;
                case "tool" or "function" when _isAsked && _hasCalls:
                    // What another model's tool found is for this one to read, beside the question that led to it.
                    message.Find("tool_call_id");
                    message.Find("name");
                    Say(isUser: true, TextOf(message, isUser: false));
                    break;
                case "tool" or "function":
                    throw ApiException.Invalid(message.PathOf("role"),
                        $"{message.PathOf("role")} is {role}, but no question and call of an assistant come before "
                            + "it.");
                case "system" or "developer":
                    warnings.Add($"ignored {message.PathOf("role")} {role}");
                    return;
                default:
                    throw ApiException.Invalid(message.PathOf("role"),
                        $"{message.PathOf("role")} must be user, assistant, system, developer or tool.");
            }
            foreach (var name in message.Unread) warnings.Add($"ignored {name}");
        }

        public Conversation Complete()
        {
            if (!_isAsked)
                throw ApiException.Invalid("messages", "messages must hold one of the user: it is the question.");
            // An answer at the end is one to the question before it, which is what there is to ask.
            if (_sides.Count % 2 == 0)
            {
                warnings.Add("asked the last question again");
                _sides.Add(_sides[^2]);
            }
            return new Conversation(_sides[^1],
                [.. Enumerable.Range(0, _sides.Count / 2)
                    .Select(turn => new Turn(_sides[2 * turn], _sides[2 * turn + 1]))],
                _picture);
        }

        private void AddAnswer(Fields message)
        {
            var text = Joined(TextOf(message, isUser: false), message.Text("refusal") ?? "");
            _hasCalls |= message.Find("tool_calls") is not null || message.Find("function_call") is not null;
            message.Forget("tool_calls", "function_call");
            // Of this server, and of OpenAI's: parts of an answer that are given back with it.
            message.Find("points");
            message.Find("annotations");
            // An answer without words is a call, or the place that a page keeps for the words to come.
            if (text.Length > 0) Say(isUser: false, text);
        }

        private void Say(bool isUser, string text)
        {
            if (_sides.Count % 2 == 0 == isUser) _sides.Add(text);
            // A greeting, or an answer whose question the program left out.
            else if (_sides.Count == 0) _sides.AddRange(["", text]);
            else _sides[^1] = Joined(_sides[^1], text);
        }

        private string TextOf(Fields message, bool isUser)
        {
            var path = message.PathOf("content");
            if (message.Find("content") is not { } content) return "";
            if (content.ValueKind == JsonValueKind.Object) return TextOf(content, path, isUser);
            if (content.ValueKind != JsonValueKind.Array) return Fields.TextOf(content, path);
            var number = 0;
            return content.EnumerateArray().Aggregate(
                "", (text, part) => Joined(text, TextOf(part, $"{path}[{number++}]", isUser)));
        }

        private string TextOf(JsonElement item, string path, bool isUser)
        {
            if (item.ValueKind == JsonValueKind.String) return Fields.TextOf(item, path);
            var part = new Fields(item, path);
            switch (part.Text("type"))
            {
                // The other two are what the same parts are called in OpenAI's other API.
                case "text" or "input_text" or "output_text":
                    return part.Text("text") ?? "";
                case "refusal":
                    return part.Text("refusal") ?? "";
                case "image_url" or "input_image":
                    See(part, isUser);
                    return "";
                default:
                    throw ApiException.Invalid(part.PathOf("type"),
                        $"{part.PathOf("type")} must be text or image_url: this model reads words and a picture, no "
                            + "sound and no other files.");
            }
        }

        private void See(Fields part, bool isUser)
        {
            const string name = "image_url";
            var image = part.Find(name) ?? throw ApiException.Invalid(
                part.PathOf(name), $"{part.PathOf(name)} is missing.");
            var path = part.PathOf(name);
            string url;
            if (image.ValueKind == JsonValueKind.String)
            {
                url = Fields.TextOf(image, path);
            }
            else
            {
                var fields = new Fields(image, path);
                path = fields.PathOf("url");
                url = fields.Text("url") ?? throw ApiException.Invalid(path, $"{path} is missing.");
            }
            if (!isUser) throw ApiException.Invalid(path, "A picture belongs to a message of the user.");
            if (_pictureText == url) return;
            var picture = DataUrl.Read(url, path, isBareAllowed: false);
            if (_picture is not null && !_picture.AsSpan().SequenceEqual(picture))
                throw new ApiException(
                    StatusCodes.Status400BadRequest, "too_many_pictures",
                    "This model sees one picture in a conversation. Send one, in any message of the user.", path);
            (_picture, _pictureText) = (picture, url);
        }

        private static string Joined(string one, string two)
            => one.Length == 0 ? two : two.Length == 0 ? one : $"{one}\n{two}";
    }
}
