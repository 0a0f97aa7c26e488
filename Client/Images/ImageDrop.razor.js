// Takes a photo from the file chooser, a drop anywhere or a paste anywhere, converts what only the browser can open,
// and uploads it. Listens on the document, so that it works from the first paint on, before the circuit is there.
import { keepsCookies, make, near } from '../dom.js';
import { tellFormats } from '../formats.js';
import { t } from '../texts.js';

let page = null;      // the component, once connected
let stored = null;    // id of a stored picture that the component has not taken yet
let upload = null;    // { name, percent, request, file, preview } while one is under way or may be tried again
// the sentence shown before the circuit was there, which puts new elements in place of the first paint's
let early = null;
let isFirstPaint = true;

const input = () => document.getElementById('photo-input');
const limit = name => Number(input()?.dataset[name]);
const megabytes = bytes => Math.max(1, Math.ceil(bytes / (1 << 20)));
const heicText = () => t(
  'This browser and server cannot open HEIC. On iPhone: Settings, Camera, Formats, Most Compatible; '
    + 'or share it as JPEG.');

// Without its cookie each request is another visitor's, and nobody sees another's photos.
const cookieText = () => t(
  'This browser keeps no cookie of this site, so the server cannot tell whose photo it is. '
    + 'Allow cookies for this site, then load the page again.');

class Refusal extends Error {
  constructor(message, canRetry = false) {
    super(message);
    this.canRetry = canRetry;
  }
}

const tooLarge = (bytes, most) => new Refusal(
  t('This photo is {0} MB. The limit is {1} MB - crop it or save a smaller copy.', megabytes(bytes), megabytes(most)));

function button(text, act, attributes) {
  const made = make('button', { type: 'button', class: 'button small', ...attributes }, text);
  made.onclick = act;
  return made;
}

// What is shown: a progress line while sending, one error otherwise.

function paint() {
  document.documentElement.toggleAttribute('data-uploading', upload !== null && !upload.failed);
  const place = document.querySelector('[data-upload]');
  if (!place) return;
  if (!upload) {
    place.replaceChildren();
    return;
  }
  if (!place.firstChild) {
    place.append(
      make('div', { class: 'upload' }, make('img', { alt: '' }),
        make('div', { class: 'words' }, make('span'), make('progress', { max: 100, 'aria-label': t('Upload') })),
        button(t('Try again'), () => send(upload.file), { 'data-retry': '' }), button(t('Cancel'), abandon)));
  }
  const picture = place.querySelector('img');
  if (!picture.src) picture.src = upload.preview;
  const bar = place.querySelector('progress');
  if (upload.percent === null) bar.removeAttribute('value'); else bar.value = upload.percent;
  bar.hidden = upload.failed;
  place.querySelector('.words > span').textContent = upload.failed ? upload.name
    : upload.percent === null ? t('Preparing {0}', upload.name) : t('Sending {0}, {1} %', upload.name, upload.percent);
  place.querySelector('[data-retry]').hidden = !upload.failed;
}

function showError(message) {
  if (isFirstPaint) early = message;
  const place = document.querySelector('[data-errors]');
  if (!place) return;
  place.replaceChildren(
    ...message ? [make('p', { class: 'error', role: 'alert', 'data-testid': 'error' }, message)] : []);
}

function settled(isTaken) {
  document.dispatchEvent(new CustomEvent('molmo:photo', { detail: isTaken }));
}

// What is sent.

async function kindOf(file) {
  const head = new Uint8Array(await file.slice(0, 512).arrayBuffer());
  const text = new TextDecoder('latin1').decode(head);
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'jpeg';
  // By its byte: what browsers call latin1 has no character 0x89.
  if (head[0] === 0x89 && text.slice(1, 8) === 'PNG\r\n\x1a\n') return 'png';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (text.startsWith('BM')) return 'bmp';
  if (text.slice(4, 8) === 'ftyp' && /^(hei|hev|mif1|msf1)/.test(text.slice(8, 12))) return 'heic';
  if (file.type === 'image/svg+xml' || /<svg[\s>]/i.test(text)) return 'svg';
  return /\.(heic|heif)$/i.test(file.name) ? 'heic' : 'other';
}

// What the server reads goes as it is. The rest the browser opens, upright, and sends as pixels; so too a bitmap or
// another of the younger types that is over the limit and may be smaller when it is written again.
async function prepare(file) {
  if (file.size === 0) throw new Refusal(t('This file is empty. Nothing was sent.'));
  const kind = await kindOf(file);
  if (kind === 'svg')
    throw new Refusal(
      t('This is a drawing in SVG format, not a photo. Save it as PNG or JPEG and try again. Nothing was sent.'));
  const mayBe = limit('maxBytes');
  if (kind === 'jpeg' || kind === 'png') {
    if (file.size > mayBe) throw tooLarge(file.size, mayBe);
    return file;
  }
  if (['webp', 'gif', 'bmp'].includes(kind) && file.size <= mayBe) return file;

  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new Refusal(kind === 'heic' ? heicText()
      : t('This file cannot be opened as a photo. Send a JPEG, PNG, WebP, GIF or BMP. Nothing was sent.'));
  }
  try {
    const { width, height } = bitmap;
    if (width * height > limit('maxPixels') || Math.max(width, height) > limit('maxSide'))
      throw new Refusal(t('This photo is {0} × {1} ({2} megapixels). The limit is {3} - save a smaller copy.', width,
        height, Math.round(width * height / 1e6), Math.round(limit('maxPixels') / 1e6)));
    const canvas = make('canvas', { width, height });
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const encode = (type, quality) => new Promise(resolve => canvas.toBlob(resolve, type, quality));
    let pixels = await encode('image/png');
    if (!pixels || pixels.size > mayBe) pixels = await encode('image/jpeg', 0.95);
    if (!pixels)
      throw new Refusal(
        t('This photo is too large for this browser to convert. Send it as JPEG or PNG. Nothing was sent.'));
    if (pixels.size > mayBe) throw tooLarge(pixels.size, mayBe);
    return pixels;
  } finally {
    bitmap.close();
  }
}

function post(body, name, current) {
  return new Promise((resolve, reject) => {
    const request = current.request = new XMLHttpRequest();
    request.open('POST', '/api/images');
    request.setRequestHeader('X-File-Name', encodeURIComponent(name.toWellFormed?.() ?? name));
    const chat = document.querySelector('[data-private-chat]')?.dataset.privateChat;
    if (chat) request.setRequestHeader('X-Private-Chat', chat);
    request.upload.onprogress = e => {
      if (!e.lengthComputable || upload !== current) return;
      current.percent = Math.floor(100 * e.loaded / e.total);
      paint();
    };
    request.onload = () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* not ours: answered below by its status */ }
      if (request.status === 201 && answer?.id) {
        resolve(answer.id);
      } else {
        const canRetry = request.status >= 500 || request.status === 429;
        // This server's own refusal has a sentence: without one it is a proxy's, whose limit nobody here knows.
        const told = request.status === 413
          ? t('Something on the way to the server takes no photo of {0} MB. '
            + 'Send a smaller copy, or tell whoever runs this site.', megabytes(body.size))
          : t('The photo was not accepted (status {0}). Nothing was sent.', request.status);
        reject(new Refusal(answer?.detail ?? told, canRetry));
      }
    };
    request.onerror =
      () => reject(new Refusal(t('The connection broke while the photo was being sent. Try again.'), true));
    request.onabort = () => reject(null);
    request.send(body);
  });
}

async function send(file) {
  upload?.request?.abort();
  const current = upload = { name: file.name || t('photo'), percent: null, request: null, file, failed: false,
    preview: URL.createObjectURL(file) };
  showError(null);
  paint();
  try {
    const body = await prepare(file);
    if (upload !== current) return;
    current.percent = 0;
    paint();
    const id = await post(body, current.name, current);
    if (upload !== current) return;
    stored = id;
    await deliver();
  } catch (problem) {
    if (upload !== current || problem === null) return;
    if (!(problem instanceof Refusal)) console.warn(problem);
    current.failed = true;
    if (!problem.canRetry) upload = null;
    paint();
    showError(problem instanceof Refusal
      ? problem.message
      : t('The photo could not be sent. Nothing was lost: choose it again.'));
    settled(false);
  }
}

async function deliver() {
  if (!page || stored === null) return;
  const id = stored;
  stored = null;
  const isTaken = await page.invokeMethodAsync('Uploaded', id);
  upload = null;
  paint();
  if (!isTaken && !keepsCookies()) showError(cookieText());
  settled(isTaken);
}

function abandon() {
  const running = upload;
  upload = null;
  running?.request?.abort();
  paint();
  showError(null);
  settled(false);
  document.querySelector('[data-composer] [data-choose-photo]')?.focus();
}

function take(files) {
  const all = [...files];
  const file = all.find(candidate => candidate.type.startsWith('image/')
    || /\.(jpe?g|png|webp|gif|bmp|avif|hei[cf])$/i.test(candidate.name)) ?? all[0];
  if (file) send(file);
}

// Chooser, paste, drop.

document.addEventListener('click', e => {
  if (near(e.target, '[data-choose-photo]')) input()?.click();
});

function chosen(e) {
  if (!near(e.target, '[data-photo-input]')) return;
  const files = [...e.target.files];
  e.target.value = '';   // so that choosing the same file again is a change again
  take(files);
}

// On the inputs of the first paint themselves too: the circuit puts others in their place, maybe while a chooser is
// open, and what happens to an element outside the page does not reach the document.
document.addEventListener('change', chosen);
for (const first of document.querySelectorAll('[data-photo-input]')) first.addEventListener('change', chosen);
// One that was chosen before this script ran is taken now.
if (window.molmoEarly?.files?.length) take(window.molmoEarly.files);

document.addEventListener('paste', e => {
  const files = [...(e.clipboardData?.files ?? [])].filter(file => file.type.startsWith('image/'));
  const isTyping = near(e.target, 'input, textarea, [contenteditable]');
  if (files.length === 0 || (isTyping && e.clipboardData.types.includes('text/plain'))) return;
  e.preventDefault();
  take(files.map(
    file => new File([file], file.name === 'image.png' ? t('pasted picture.png') : file.name, { type: file.type })));
});

let curtain = null;
let depth = 0;          // enters minus leaves: children of the page fire both
const holdsFiles = e => e.dataTransfer?.types?.includes('Files');
// A picture dragged out of another window comes as its address alone in many browsers, which would leave this page for
// it. In a box it is text.
const holdsAddress = e => !holdsFiles(e) && e.dataTransfer?.types?.includes('text/uri-list') && input() !== null
  && !near(e.target, 'input, textarea, [contenteditable]');

function lower(text) {
  curtain ??= document.body.appendChild(make('div', { class: 'curtain', 'aria-hidden': true }, make('p')));
  curtain.firstChild.textContent = text;
}

function raise() {
  depth = 0;
  curtain?.remove();
  curtain = null;
}

document.addEventListener('dragenter', e => {
  if (!holdsFiles(e) || !input()) return;
  e.preventDefault();
  depth++;
  // Beside the file of a picture from another page stand its address and its markup.
  const kinds = [...e.dataTransfer.items].filter(item => item.kind === 'file').map(item => item.type);
  const isPicture = kinds.some(kind => kind === '' || kind.startsWith('image/'));
  lower(!isPicture ? t('Only a photo can be dropped here') : kinds.length > 1
    ? t('One photo at a time: the first is taken')
    : t('Drop the photo to ask about it'));
});

document.addEventListener('dragover', e => {
  if (holdsAddress(e)) e.preventDefault();
  if (!holdsFiles(e) || !input()) return;
  e.preventDefault();
  e.dataTransfer.dropEffect = 'copy';
});

document.addEventListener('dragleave', e => {
  if (!holdsFiles(e)) return;
  if (--depth <= 0 || e.relatedTarget === null) raise();
});

document.addEventListener('drop', e => {
  if (holdsAddress(e)) {
    e.preventDefault();
    showError(t('Only the address of a picture was dropped. Copy the picture there and paste it here, '
      + 'or save it and choose the file.'));
  }
  if (!holdsFiles(e) || !input()) return;
  e.preventDefault();
  raise();
  take(e.dataTransfer.files);
});

document.addEventListener('molmo:error', e => showError(e.detail));

export function connect(component) {
  page = component;
  isFirstPaint = false;
  tellFormats();
  paint();
  if (early) showError(early);
  else if (!keepsCookies()) showError(cookieText());
  early = null;
  deliver();
}

export function disconnect(component) {
  if (page === component) page = null;
}

tellFormats();
