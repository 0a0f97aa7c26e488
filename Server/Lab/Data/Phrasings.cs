namespace Molmo.Demo.Lab.Data;

/// <summary>
/// Many ways to ask for the same, so that a model trained with them does not hang on one wording. What people type
/// most comes a third of the time, the others share the rest evenly.
/// </summary>
internal static class Phrasings
{
    private const double PlainShare = 1 / 3.0;

    /// <summary>Templates of <see cref="Point"/> with {0} for the label, the plain form first.</summary>
    internal static IReadOnlyList<string> PointTemplates { get; } = Lines("""
        Point to the {0}.
        Point at the {0}.
        Point to {0}.
        Point at {0}.
        point to the {0}
        point to {0}
        Point out the {0}.
        Point out {0} in the picture.
        Point to every one of the {0}.
        Point to each of the {0}.
        Point to all the {0} you can see.
        Point to the {0} in this picture.
        Point to the {0} in the image.
        Please point to the {0}.
        Please point at the {0}.
        Please point out the {0}.
        Can you point to the {0}?
        Can you point at the {0}?
        Can you point out the {0} for me?
        Could you point to the {0}?
        Could you point out the {0}?
        Could you please point at the {0}?
        Would you point to the {0}?
        Will you point out the {0}?
        Use points to show the {0}.
        Use points to mark the {0}.
        Answer with points: {0}.
        Give me points for the {0}.
        Give the points of the {0}.
        I want a point on the {0}.
        I would like a point on each of the {0}.
        Put a point on the {0}.
        Put a point on each of the {0}.
        Put a dot on the {0}.
        Put dots on the {0}.
        Place a point on the {0}.
        Place a dot on every one of the {0}.
        Set a point on the {0}.
        Draw a point on the {0}.
        Mark the {0}.
        Mark {0}.
        Mark every one of the {0}.
        Mark the {0} with points.
        Mark the {0} in this picture.
        Please mark the {0}.
        Can you mark the {0}?
        Show me the {0}.
        Show me where the {0} can be seen.
        Show the {0}.
        Show where to find the {0}.
        Show me the place of the {0}.
        Show me {0} with points.
        Please show me the {0}.
        Can you show me the {0}?
        Could you show me the {0} in this picture?
        Find the {0}.
        Find {0}.
        find the {0}
        Find the {0} and point to them.
        Find every one of the {0}.
        Find all {0} in this image.
        Please find the {0}.
        Can you find the {0}?
        Can you find the {0} and mark them?
        Could you find the {0} for me?
        Help me find the {0}.
        Help me to spot the {0}.
        I cannot find the {0}. Where should I look?
        I am looking for the {0}.
        I am looking for {0} in this picture. Point to them.
        Locate the {0}.
        Locate {0}.
        Locate all the {0}.
        Locate the {0} with points.
        Please locate the {0}.
        Can you locate the {0}?
        Spot the {0}.
        Spot all the {0}.
        Can you spot the {0}?
        Where do you see the {0}?
        Where do you see {0}?
        Where can I see the {0}?
        Where can I find the {0}?
        Where can the {0} be found?
        Where should I click for the {0}?
        Tell me where the {0} can be found.
        Tell me with points where you see the {0}.
        Which places show the {0}? Point to them.
        Say where the {0} can be seen, with points.
        Identify the {0} with points.
        Identify the {0} by pointing.
        Indicate the {0}.
        Indicate where you see the {0}.
        Highlight the {0}.
        Highlight the {0} with points.
        Pick out the {0}.
        Pick out the {0} in this photo.
        Single out the {0}.
        Look for the {0} and point to them.
        Look at the picture and point to the {0}.
        If there are {0}, point to them.
        Are there {0}? Point to them.
        Do you see the {0}? Point to them.
        Do you see {0} here? Show me.
        In this picture, point to the {0}.
        In the image, find the {0}.
        Locations of the {0}, please.
        Positions of the {0}?
        Coordinates of the {0}?
        {0}, point to them
        {0}: where?
        """);

    /// <summary>Templates of <see cref="Count"/> with {0} for the label, the plain form first.</summary>
    internal static IReadOnlyList<string> CountTemplates { get; } = Lines("""
        How many {0} are there?
        How many {0} are there
        how many {0} are there?
        how many {0}?
        How many {0}?
        How many {0} do you see?
        How many {0} can you see?
        How many {0} can be seen?
        How many {0} can I see here?
        How many {0} are in the picture?
        How many {0} are in this picture?
        How many {0} are in the image?
        How many {0} are in this image?
        How many {0} are in this photo?
        How many {0} are here?
        How many {0} are visible?
        How many {0} are shown?
        How many {0} does the picture show?
        How many {0} does the image have?
        How many {0} does this photo show?
        How many {0} do you find?
        How many {0} do you count?
        How many {0} can you count?
        How many {0} can you find?
        How many {0} can be counted here?
        How many {0} can be found in this image?
        How many {0} are there in all?
        How many {0} are there in total?
        How many {0} are there altogether?
        How many {0} are there in this picture?
        How many {0} are there in the image?
        How many {0} would you say there are?
        How many {0} have you found?
        How many of the {0} are in view?
        How many of the {0} are there?
        How many of the {0} can you see?
        In this picture, how many {0} are there?
        In this image, how many {0} do you see?
        In total, how many {0} are there?
        Looking at the picture, how many {0} are there?
        Please tell me how many {0} there are.
        Tell me how many {0} there are.
        Tell me how many {0} you see.
        Tell me how many {0} are in the picture.
        Tell me the number of {0}.
        Tell me the count of {0}.
        Can you tell me how many {0} there are?
        Can you tell how many {0} are in this image?
        Can you say how many {0} there are?
        Could you tell me how many {0} you see?
        Could you say how many {0} are shown?
        Do you know how many {0} are here?
        Say how many {0} there are.
        Say how many {0} are shown.
        Find out how many {0} there are.
        Work out how many {0} are in the picture.
        I want to know how many {0} there are.
        I would like to know how many {0} are in this picture.
        I need to know the number of {0}.
        I wonder how many {0} there are.
        I need the number of {0} in this picture.
        Count the {0}.
        Count {0}.
        count the {0}
        Count all {0}.
        Count all the {0}.
        Count each of the {0}.
        Count every one of the {0}.
        Count the {0} in this picture.
        Count the {0} in the image.
        Count the {0} that you see.
        Count the {0} for me.
        Count up the {0}.
        Count the {0} one by one.
        Count the {0} and give the total.
        Count the {0}, please.
        Please count the {0}.
        Please count all {0}.
        Please count the {0} in this image.
        Can you count the {0}?
        Can you count the {0} in this picture?
        Can you count all the {0}?
        Can you count how many {0} there are?
        Could you count the {0}?
        Could you please count the {0}?
        Could you count the {0} for me?
        Would you count the {0}?
        Help me count the {0}.
        Help me to count the {0} in this image.
        Point to the {0} and count them.
        Find the {0} and count them.
        Look at the picture and count the {0}.
        Look for the {0} and say how many there are.
        Add up the {0}.
        What is the number of {0}?
        What is the number of {0} in this picture?
        What is the total number of {0}?
        What is the count of {0}?
        What is the total of {0}?
        What number of {0} do you see?
        What number of {0} does the image show?
        Give me the number of {0}.
        Give me the count of {0}.
        Give the number of {0}.
        Give the total number of {0} in this image.
        Give a count of the {0}.
        Number of {0}?
        Number of {0} in the picture
        Total number of {0}?
        Count of {0}?
        Total {0}?
        {0}: how many?
        {0}, how many are there?
        Are there any {0}? How many?
        Do you see {0}? How many?
        Is there more than one of the {0}? How many?
        """);

    /// <summary>The sentences of <see cref="Describe"/>, the plain form first.</summary>
    internal static IReadOnlyList<string> DescribeTemplates { get; } = Lines("""
        Describe this image.
        Describe this picture.
        Describe the image.
        Describe the photo.
        Describe this image in detail.
        Describe this picture as fully as you can.
        Describe everything you see.
        describe this
        Please describe this image.
        Please describe the picture in detail.
        Can you describe this image?
        Could you describe what is in the picture?
        Give a description of this image.
        Give me a long description of this picture.
        Write a caption for this image.
        Write a long caption for this picture.
        Write down what this picture shows.
        Caption this image.
        What is in this image?
        What is in this picture?
        What does this picture show?
        What can be seen here?
        What do you see?
        What do you see in this photo?
        What is going on in this picture?
        Tell me about this image.
        Tell me what you see in this picture.
        Tell me all about this photo.
        Explain what this image shows.
        Look at this picture and describe it.
        I cannot see this picture. What is in it?
        Say in detail what is in the image.
        """);

    /// <summary>Templates of <see cref="WithoutPoints"/> with {0} for the question.</summary>
    internal static IReadOnlyList<string> WithoutPointsTemplates { get; } = Lines("""
        No pointing: {0}
        no pointing: {0}
        No points: {0}
        Without points: {0}
        Without pointing: {0}
        In words: {0}
        Do not point. {0}
        Please do not point. {0}
        Do not use points. {0}
        Leave points out. {0}
        Answer in words. {0}
        Answer in words alone, without points. {0}
        Answer without pointing. {0}
        I need no points. {0}
        Just say it, no points. {0}
        {0} Do not point.
        {0} No points, please.
        {0} Answer in words.
        """);

    /// <summary>Asks for points on all things of a label.</summary>
    /// <param name="random">Chooses the words.</param>
    /// <param name="label">Goes in as it is, best in the plural.</param>
    public static string Point(Random random, string label) => Fill(Pick(random, PointTemplates), label);

    /// <summary>Asks for the number of things of a label.</summary>
    /// <param name="random">Chooses the words.</param>
    /// <param name="label">Goes in as it is, best in the plural.</param>
    public static string Count(Random random, string label) => Fill(Pick(random, CountTemplates), label);

    /// <summary>Asks for a description of the whole picture.</summary>
    public static string Describe(Random random) => Pick(random, DescribeTemplates);

    /// <summary>Asks a question and for an answer without points.</summary>
    /// <param name="random">Chooses the words, all evenly.</param>
    /// <param name="question">Goes in as it is.</param>
    public static string WithoutPoints(Random random, string question)
        => Fill(random.Pick(WithoutPointsTemplates), question);

    private static string Pick(Random random, IReadOnlyList<string> templates)
        => random.NextDouble() < PlainShare ? templates[0] : templates[1 + random.Next(templates.Count - 1)];

    private static string Fill(string template, string words)
        => template.Replace("{0}", words, StringComparison.Ordinal);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries);
}
