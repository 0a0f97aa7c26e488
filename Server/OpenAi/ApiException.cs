using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>A program's request was refused. The message says what happened and what to do.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="code">For programs, such as <c>model_not_found</c>.</param>
/// <param name="message">For people.</param>
/// <param name="param">The field it is about.</param>
/// <param name="retryAfter">When trying again is worth while.</param>
internal sealed class ApiException(
    int status, string code, string message, string? param = null, TimeSpan? retryAfter = null) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string? Param { get; } = param;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>A value that is not what it must be.</summary>
    public static ApiException Invalid(string param, string message)
        => new(StatusCodes.Status400BadRequest, "invalid_value", message, param);

    /// <summary>What a refusal of any part of the server is to a program; null for what is no refusal.</summary>
    public static ApiException? Of(Exception e) => e switch
    {
        ApiException api => api,
        ChatRefusedException chat => From(chat),
        ImageRefusedException image => From(image),
        _ => null,
    };

    /// <summary>The same refusal for a program, which has no box that keeps the question.</summary>
    public static ApiException From(ChatRefusedException e) => e.Fault switch
    {
        ChatFault.Invalid => new(StatusCodes.Status400BadRequest, "invalid_value", ProgramWords.Of(e.Fact)),
        ChatFault.TooLong => new(StatusCodes.Status413PayloadTooLarge, "question_too_long", ProgramWords.Of(e.Fact)),
        ChatFault.Unknown =>
            new(StatusCodes.Status404NotFound, "not_found", "There is nothing with this id, or not for this caller."),
        ChatFault.VisitorLimit => new(StatusCodes.Status429TooManyRequests, "too_many_running",
            "This caller has as many questions running or waiting as are allowed. Nothing was kept; "
                + "ask again when one has ended.",
            null, e.RetryAfter ?? TimeSpan.FromSeconds(2)),
        ChatFault.Restarting => new(
            StatusCodes.Status503ServiceUnavailable, "restarting", ProgramWords.Of(e.Fact), null,
            e.RetryAfter ?? TimeSpan.FromMinutes(1)),
        ChatFault.Busy => Busy(e.RetryAfter ?? TimeSpan.FromSeconds(30)),
        _ => new(StatusCodes.Status503ServiceUnavailable, "unavailable", ProgramWords.Of(e.Fact), null,
            e.RetryAfter ?? TimeSpan.FromMinutes(1)),
    };

    private static ApiException From(ImageRefusedException e) => new(e.Status, e.Status switch
    {
        StatusCodes.Status413PayloadTooLarge => "picture_too_large",
        StatusCodes.Status415UnsupportedMediaType => "picture_type_unsupported",
        StatusCodes.Status422UnprocessableEntity => "picture_unreadable",
        StatusCodes.Status429TooManyRequests => "too_many_pictures",
        StatusCodes.Status503ServiceUnavailable => "storage_unavailable",
        StatusCodes.Status408RequestTimeout => "request_too_slow",
        _ => "invalid_picture",
    }, ProgramWords.Of(e.Fact), "image", e.RetryAfter);

    /// <summary>What a failed answer is to a program.</summary>
    public static ApiException From(Failed e) => e.Code switch
    {
        "too_long" or Failed.ContextFull => new(
            StatusCodes.Status413PayloadTooLarge, "question_too_long", ProgramWords.Of(e.Fact)),
        "unavailable" or "busy" =>
            new(StatusCodes.Status503ServiceUnavailable, e.Code, ProgramWords.Of(e.Fact), null,
                TimeSpan.FromSeconds(30)),
        "invalid" => new(StatusCodes.Status400BadRequest, "invalid_value", ProgramWords.Of(e.Fact)),
        _ => new(StatusCodes.Status500InternalServerError, e.Code,
            "The model failed at this question, so there is no answer. Ask again."),
    };

    /// <summary>The server ended in the middle of an answer.</summary>
    public static ApiException Interrupted()
        => new(
            StatusCodes.Status503ServiceUnavailable, "interrupted",
            "The server is being restarted, so this answer was cut off. Ask again in a minute.", null,
            TimeSpan.FromMinutes(1));

    private static ApiException Busy(TimeSpan wait)
        => new(StatusCodes.Status503ServiceUnavailable, "queue_full", string.Create(CultureInfo.InvariantCulture,
            $"The queue is full, so the question was not taken. "
                + $"Ask again in about {Math.Ceiling(wait.TotalSeconds)} seconds."),
            null, wait);
}
