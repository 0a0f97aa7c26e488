// Clients that check what they get, against this server: node client-matrix.mjs PACKAGES ADDRESS PICTURE. Prints a cell
// for each client, question and way, and what each made of refusals, as JSON.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [, , packages, address, file] = process.argv;
const require = createRequire(packages);
const { default: OpenAI } = require('openai');
const { generateText, generateObject, jsonSchema, streamText, tool } = require('ai');
const { createOpenAI } = require('@ai-sdk/openai');
const { createOpenAICompatible } = require('@ai-sdk/openai-compatible');
const { ChatOpenAI } = require('@langchain/openai');

const baseURL = `${address}v1`;
const apiKey = client => `the name of ${client} among programs`;
const photo = readFileSync(file);
const url = `data:image/jpeg;base64,${photo.toString('base64')}`;
const questions = { points: 'Point to the strawberries.', words: 'How many apples are there?' };
const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false };
const cells = [];
const refusals = [];

const parts = text => [{ type: 'image_url', image_url: { url } }, { type: 'text', text }];
const usageOf = usage => [usage.prompt_tokens, usage.completion_tokens, usage.total_tokens];
const answered = async (client, question, way, ask) => {
  try {
    cells.push({ client, question, way, ...await ask() });
  } catch (e) {
    cells.push({ client, question, way, error: `${e}` });
  }
};
const refused = async (client, what, ask) => {
  try {
    await ask();
    refusals.push({ client, what });
  } catch (e) {
    const error = e.data?.error ?? e.error ?? e;
    refusals.push({ client, what, status: e.status ?? e.statusCode, param: error.param, message: error.message });
  }
};

async function openai(client) {
  const api = new OpenAI({ baseURL, apiKey: apiKey(client), maxRetries: 0 });
  for (const [question, text] of Object.entries(questions)) {
    const body = { model: 'molmo', messages: [{ role: 'user', content: parts(text) }] };
    const read = ({ choices: [{ message, finish_reason }], usage }) => ({
      text: message.content, finish: finish_reason, usage: usageOf(usage), points: message.points,
    });
    await answered(client, question, 'whole', async () => read(await api.chat.completions.create(body)));
    // The helper that puts the answer together again and checks it.
    await answered(client, question, 'stream', async () => read(await api.chat.completions
      .stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion()));
  }
  const messages = [{ role: 'user', content: 'How many?' }];
  await refused(client, 'schema', () => api.chat.completions.parse({
    model: 'molmo', messages, response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
  }));
  await refused(client, 'tool', () => api.chat.completions.create({
    model: 'molmo', messages, tool_choice: 'required', tools: [{ type: 'function', function: { name: 'n', parameters: schema } }],
  }));
  await refused(client, 'responses', () => api.responses.create({ model: 'molmo', input: 'How many?' }));
}

async function aiSdk(client, model, others) {
  for (const [question, text] of Object.entries(questions)) {
    const messages = [{ role: 'user', content: [{ type: 'image', image: photo }, { type: 'text', text }] }];
    const read = async (answer, points) => {
      const [text, finish, usage] = await Promise.all([answer.text, answer.finishReason, answer.usage]);
      return { text, finish, usage: [usage.inputTokens, usage.outputTokens, usage.totalTokens], points };
    };
    await answered(client, question, 'whole', async () => {
      const whole = await generateText({ model, messages, maxRetries: 0 });
      return read(whole, whole.response.body.choices[0].message.points);
    });
    await answered(client, question, 'stream', async () => {
      const stream = streamText({ model, messages, maxRetries: 0, includeRawChunks: true });
      let points;
      for await (const part of stream.fullStream) {
        if (part.type === 'error') throw part.error;
        if (part.type === 'raw') points = part.rawValue.choices?.[0]?.delta?.points ?? points;
      }
      return read(stream, points);
    });
  }
  const prompt = 'How many?';
  await refused(client, 'schema', () => generateObject({ model, prompt, schema: jsonSchema(schema), maxRetries: 0 }));
  await refused(client, 'tool', () => generateText({
    model, prompt, maxRetries: 0, toolChoice: 'required', tools: { n: tool({ inputSchema: jsonSchema(schema) }) },
  }));
  for (const [what, other] of Object.entries(others))
    await refused(client, what, () => generateText({ model: other, prompt, maxRetries: 0 }));
  // A conversation in which another model greeted and called a tool.
  await answered(client, 'tool', 'whole', async () => await generateText({
    model, maxRetries: 0, maxOutputTokens: 16, allowSystemInMessages: true, messages: [
      { role: 'system', content: 'Be brief.' }, { role: 'assistant', content: 'Hello!' },
      { role: 'user', content: 'How many?' },
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'n', input: {} }] },
      { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'n', output: { type: 'text', value: '3' } }] },
    ],
  }).then(({ text }) => ({ text })));
}

async function langchain(client) {
  const options = { model: 'molmo', apiKey: apiKey(client), configuration: { baseURL }, maxRetries: 0 };
  const model = new ChatOpenAI({ ...options, __includeRawResponse: true });
  for (const [question, text] of Object.entries(questions)) {
    const messages = [{ role: 'user', content: parts(text) }];
    const read = (answer, points) => ({
      text: answer.text, finish: answer.response_metadata.finish_reason, points,
      usage: ['input_tokens', 'output_tokens', 'total_tokens'].map(name => answer.usage_metadata[name]),
    });
    await answered(client, question, 'whole', async () => {
      const whole = await model.invoke(messages);
      return read(whole, whole.additional_kwargs.__raw_response.choices[0].message.points);
    });
    await answered(client, question, 'stream', async () => {
      let [all, points] = [];
      for await (const chunk of await model.stream(messages)) {
        points = chunk.additional_kwargs.__raw_response?.choices?.[0]?.delta?.points ?? points;
        all = all ? all.concat(chunk) : chunk;
      }
      return read(all, points);
    });
  }
  await refused(client, 'schema',
    () => new ChatOpenAI(options).withStructuredOutput(schema, { name: 'n', method: 'jsonSchema' }).invoke('How many?'));
  await refused(client, 'tool', () => new ChatOpenAI(options).bindTools(
    [{ type: 'function', function: { name: 'n', parameters: schema } }], { tool_choice: 'required' }).invoke('How many?'));
  await refused(client, 'responses', () => new ChatOpenAI({ ...options, useResponsesApi: true }).invoke('How many?'));
  await answered(client, 'tool', 'whole', async () => await new ChatOpenAI({ ...options, maxTokens: 16 }).invoke([
    { role: 'system', content: 'Be brief.' }, { role: 'assistant', content: 'Hello!' },
    { role: 'user', content: 'How many?' },
    { role: 'assistant', content: '', tool_calls: [{ id: 'c1', type: 'function', function: { name: 'n', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'c1', content: '3' },
  ]).then(({ text }) => ({ text })));
}

const sdk = createOpenAI({ baseURL, apiKey: apiKey('@ai-sdk/openai') });
const compatible = createOpenAICompatible({
  name: 'molmo', baseURL, apiKey: apiKey('@ai-sdk/openai-compatible'), includeUsage: true,
});
await openai('openai');
await aiSdk('@ai-sdk/openai', sdk.chat('molmo'), { responses: sdk('molmo') });
await aiSdk('@ai-sdk/openai-compatible', compatible.chatModel('molmo'), {});
await langchain('@langchain/openai');
console.log(JSON.stringify({ cells, refusals }));
