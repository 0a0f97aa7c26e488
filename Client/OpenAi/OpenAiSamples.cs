namespace Molmo.Demo.Client.OpenAi;

/// <summary>How a program asks this server, to be copied.</summary>
public static class OpenAiSamples
{
    /// <summary>Name of the tool and the lines that use it.</summary>
    /// <param name="site">Address of this server, with a slash at its end.</param>
    public static IReadOnlyList<(string Tool, string Code)> All(string site) =>
    [
        ("curl", $$$"""
            # Where are the penguins? Points are percent of the picture's width and height.
            curl {{{site}}}v1/point -H 'Content-Type: application/json' -d @- <<END
            {"object": "penguins", "image": "$(base64 -w0 photo.jpg)"}
            END
            """),
        ("Python", $$$"""
            # pip install openai
            import base64
            from openai import OpenAI

            client = OpenAI(base_url="{{{site}}}v1", api_key="any long random text of your own")
            photo = base64.b64encode(open("photo.jpg", "rb").read()).decode()
            answer = client.chat.completions.create(model="molmo", messages=[{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{photo}"}},
                {"type": "text", "text": "How many penguins are there?"}]}])
            print(answer.choices[0].message.content)  # with <points ...> as the model wrote it
            print(answer.choices[0].message.points)   # the same points, parsed
            """),
        ("JavaScript", $$$"""
            // npm install openai
            import { readFile } from 'node:fs/promises';
            import OpenAI from 'openai';

            const client = new OpenAI({ baseURL: '{{{site}}}v1', apiKey: 'any long random text of your own' });
            const photo = (await readFile('photo.jpg')).toString('base64');
            const stream = await client.chat.completions.create({
              model: 'molmo',
              stream: true,
              messages: [{ role: 'user', content: [
                { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${photo}` } },
                { type: 'text', text: 'Point to the penguins.' }] }],
            });
            for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
            """),
    ];
}
