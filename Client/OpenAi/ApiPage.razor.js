import { t } from '../texts.js';

// The form of /api: sends what a program would send, and shows what a program would get. Text only ever becomes text.
const form = document.querySelector('[data-try]');
const [shot, photo, marks, status, reply, label] = ['shot', 'photo', 'marks', 'status', 'reply', 'label']
  .map(name => document.querySelector(`[data-${name}]`));
const fields = form.elements;
const words = {
  point: [t('What to look for'), 'penguins'], count: [t('What to count'), 'penguins'], chat: [
    t('Question'), 'How many penguins are there?']
};

const dataUrl = file => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});

form.addEventListener('change', async e => {
  if (e.target.name === 'kind') {
    const kind = fields.kind.value;
    const untouched = Object.values(words).some(([, example]) => example === fields.words.value);
    label.textContent = words[kind][0];
    if (untouched) fields.words.value = words[kind][1];
    fields.stream.disabled = kind !== 'chat';
  }
  if (e.target.name === 'photo') {
    marks.replaceChildren();
    const file = fields.photo.files[0];
    shot.hidden = !file;
    if (file) photo.src = await dataUrl(file);
  }
});

form.addEventListener('submit', async e => {
  e.preventDefault();
  const button = form.querySelector('[type=submit]');
  if (button.disabled) return;
  button.disabled = true;
  marks.replaceChildren();
  reply.hidden = false;
  reply.textContent = '';
  status.textContent = t('Sent. Waiting for the answer.');
  try {
    await send();
  } catch (error) {
    status.textContent = t(
      'The request did not get through ({0}). Check the connection and send it again.', error.message);
  } finally {
    button.disabled = false;
  }
});

async function send() {
  const kind = fields.kind.value;
  const image = await dataUrl(fields.photo.files[0]);
  const isStream = kind === 'chat' && fields.stream.checked;
  const body = kind === 'chat'
    ? {
      model: 'molmo', stream: isStream, messages: [{
        role: 'user', content: [
          { type: 'image_url', image_url: { url: image } }, { type: 'text', text: fields.words.value }]
      }]
    }
    : { object: fields.words.value, image };
  const headers = { 'Content-Type': 'application/json' };
  if (fields.key.value) headers.Authorization = `Bearer ${fields.key.value}`;
  const began = performance.now();
  const response = await fetch(
    kind === 'chat' ? '/v1/chat/completions' : `/v1/${kind}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const said = () => t('{0} in {1} ms · {2}', `${response.status} ${response.statusText || (response.ok ? 'OK' : '')}`,
    Math.round(performance.now() - began), response.headers.get('x-request-id') ?? '');
  status.textContent = said();
  const events = response.headers.get('Content-Type')?.startsWith('text/event-stream');
  if (events) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) reply.append(part.value);
  } else {
    const text = await response.text();
    try { reply.textContent = JSON.stringify(JSON.parse(text), null, 2); } catch { reply.textContent = text; }
  }
  status.textContent = said();
  draw(events);
}

function draw(isStream) {
  const read = text => { try { return JSON.parse(text); } catch { return {}; } };
  const replies = isStream
    ? reply.textContent.split('\n').filter(line => line.startsWith('data: {')).map(line => read(line.slice(6)))
    : [read(reply.textContent)];
  for (const part of replies) {
    const groups = part.points ? [part] : (part.choices?.[0]?.message ?? part.choices?.[0]?.delta)?.points ?? [];
    for (const point of groups.flatMap(group => group.points)) {
      const mark = document.createElement('i');
      mark.style.left = `${point.x}%`;
      mark.style.top = `${point.y}%`;
      marks.append(mark);
    }
  }
}
