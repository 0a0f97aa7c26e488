// The official client against this server: node openai-client.mjs PACKAGES ADDRESS PICTURE. Prints what it was told, as JSON.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [, , packages, address, file] = process.argv;
const { default: OpenAI } = createRequire(packages)('openai');
const client = new OpenAI({ baseURL: `${address}v1`, apiKey: 'a name that nobody else has', maxRetries: 0 });
const image = `data:image/jpeg;base64,${readFileSync(file).toString('base64')}`;
const messages = text => [{ role: 'user', content: [{ type: 'image_url', image_url: { url: image } }, { type: 'text', text }] }];
const refusal = async promise => {
  try {
    await promise;
    return null;
  } catch (e) {
    return { kind: e.constructor.name, status: e.status, type: e.type, code: e.code, param: e.param, requestId: e.requestID, message: e.message };
  }
};

const models = [];
for await (const model of client.models.list()) models.push(model.id);
const model = await client.models.retrieve(models[0]);
const whole = await client.chat.completions.create({ model: models[0], messages: messages('Point to the strawberries.'), seed: 1 });

const stream = await client.chat.completions.create({
  model: models[0], messages: messages('Point to the strawberries.'), stream: true, stream_options: { include_usage: true },
});
const pieces = [];
let points, usage, finish;
for await (const chunk of stream) {
  const choice = chunk.choices[0];
  if (choice?.delta.content) pieces.push(choice.delta.content);
  points = choice?.delta.points ?? points;
  finish = choice?.finish_reason ?? finish;
  usage = chunk.usage ?? usage;
}

const idempotencyKey = crypto.randomUUID();
const once = () => client.chat.completions.create({ model: models[0], messages: messages('How many strawberries are there?') }, { headers: { 'Idempotency-Key': idempotencyKey } });
const [first, second] = await Promise.all([once(), once()]);

console.log(JSON.stringify({
  models, model: model.id, requestId: whole._request_id, whole, pieces, points, usage, finish, ids: [first.id, second.id],
  errors: {
    model: await refusal(client.chat.completions.create({ model: 'gpt-4o', messages: messages('What?') })),
    value: await refusal(client.chat.completions.create({ model: models[0], messages: messages('What?'), temperature: 9 })),
    picture: await refusal(client.chat.completions.create({
      model: models[0], messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAAAAAA' } }, { type: 'text', text: 'What?' }] }],
    })),
    path: await refusal(client.embeddings.create({ model: models[0], input: 'x' })),
  },
}));
