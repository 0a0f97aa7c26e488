// Takes a photo from the file chooser, a drop anywhere or a paste anywhere, converts what only the browser can open,
// and uploads it. Listens on the document, so that it works from the first paint on, before the circuit is there.
import { keepsCookies, make, near } from '../dom.js';
import { tellFormats } from '../formats.js';
import { t } from '../texts.js';

let page = null;      // the component, once connected
let stored = null;    // { id, remark } of a stored picture that the component has not taken yet
let upload = null;    // { name, percent, request, file, preview } while one is under way or may be tried again
// the sentence shown before the circuit was there, which puts new elements in place of the first paint's
let early = null;
let isFirstPaint = true;

const input = () => document.getElementById('photo-input');
const limit = name => Number(input()?.dataset[name]);
// What a copy has at most: a browser on any phone can draw as much, and the model looks at less.
const copyPixels = 16e6;
const megapixels = pixels => Math.round(pixels / 1e6);
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

// What there is to say about a photo that was taken all the same. It goes with the next photo or question.
function showRemark(message) {
  if (message)
    document.querySelector('[data-errors]')?.replaceChildren(
      make('p', { class: 'remark', role: 'status', 'data-testid': 'remark' }, message));
}

document.addEventListener('submit', e => {
  if (near(e.target, '[data-composer]')) document.querySelector('[data-errors] .remark')?.remove();
}, true);

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

const sizeOf = address => new Promise(resolve => {
  const picture = new Image();
  picture.onload = () => resolve({ width: picture.naturalWidth, height: picture.naturalHeight });
  picture.onerror = () => resolve(null);
  picture.src = address;
});

const fits = ({ width, height }) =>
  width * height <= limit('maxPixels') && Math.max(width, height) <= limit('maxSide');

// The server's rule: white, or black behind a drawing that is light where it can be seen.
function groundOf(bitmap) {
  const canvas = make('canvas', { width: 64, height: 64 });
  const pen = canvas.getContext('2d');
  pen.drawImage(bitmap, 0, 0, 64, 64);
  const pixels = pen.getImageData(0, 0, 64, 64).data;
  let light = 0;
  let seen = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    light += (0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2]) * pixels[i + 3];
    seen += pixels[i + 3];
  }
  return light > 127 * seen ? '#000' : '#fff';
}

// A JPEG has no transparency, and what was transparent would come out black.
function encode(bitmap, width, height, type, quality) {
  const canvas = make('canvas', { width, height });
  const pen = canvas.getContext('2d');
  if (type === 'image/jpeg') {
    pen.fillStyle = groundOf(bitmap);
    pen.fillRect(0, 0, width, height);
  }
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(bitmap, 0, 0, width, height);
  return new Promise(resolve => canvas.toBlob(resolve, type, quality));
}

// The smallest change that brings a picture within the limits, and what there is to say about it.
async function copyOf(bitmap, file, kind) {
  const { width, height } = bitmap;
  const mayBe = limit('maxBytes');
  const takes = pixels => pixels && pixels.size <= mayBe;
  if (fits(bitmap)) {
    let pixels = kind === 'jpeg' ? null : await encode(bitmap, width, height, 'image/png');
    if (!takes(pixels)) pixels = await encode(bitmap, width, height, 'image/jpeg', 0.95);
    if (takes(pixels)) {
      return { body: pixels, remark: file.size <= mayBe ? null
        : t('This photo is {0} MB. The limit is {1} MB, so a smaller copy was sent.', megabytes(file.size),
          megabytes(mayBe)) };
    }
  }
  const scale = Math.min(1, Math.sqrt(copyPixels / (width * height)), limit('maxSide') / Math.max(width, height));
  const [wide, high] = [width, height].map(side => Math.max(1, Math.floor(side * scale)));
  const pixels = await encode(bitmap, wide, high, 'image/jpeg', 0.95);
  if (!takes(pixels))
    throw new Refusal(
      t('This photo is too large for this browser to make a smaller copy. Save one and send that. Nothing was sent.'));
  if (width * height > limit('maxPixels'))
    return { body: pixels, remark: t(
      'This photo has {0} megapixels. The limit is {1}, so a smaller copy ({2} × {3}) was sent.',
      megapixels(width * height), megapixels(limit('maxPixels')), wide, high) };
  return { body: pixels, remark: t(
    'This photo is {0} × {1}. So large a file cannot be sent: a smaller copy ({2} × {3}) was.',
    width, height, wide, high) };
}

// What the server reads goes as it is. The rest the browser opens, upright, and sends as pixels; so too what is over a
// limit, in a copy that is not.
async function prepare(file, address) {
  if (file.size === 0) throw new Refusal(t('This file is empty. Nothing was sent.'));
  const kind = await kindOf(file);
  if (kind === 'svg')
    throw new Refusal(
      t('This is a drawing in SVG format, not a photo. Save it as PNG or JPEG and try again. Nothing was sent.'));
  const mayBe = limit('maxBytes');
  const isRead = ['jpeg', 'png', 'webp', 'gif', 'bmp'].includes(kind);
  if (isRead && file.size <= mayBe) {
    // What the browser cannot open, the server may, or say why not.
    const size = await sizeOf(address);
    if (!size || fits(size)) return { body: file, remark: null };
  }

  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    if (isRead && file.size <= mayBe) return { body: file, remark: null };
    throw kind === 'heic' ? new Refusal(heicText()) : isRead ? tooLarge(file.size, mayBe)
      : new Refusal(t('This file cannot be opened as a photo. Send a JPEG, PNG, WebP, GIF or BMP. Nothing was sent.'));
  }
  try {
    return await copyOf(bitmap, file, kind);
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
        resolve(answer);
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
    const { body, remark } = await prepare(file, current.preview);
    if (upload !== current) return;
    current.percent = 0;
    paint();
    const answer = await post(body, current.name, current);
    if (upload !== current) return;
    stored = { id: answer.id, remark: [remark, answer.remark].filter(Boolean).join(' ') };
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
  const { id, remark } = stored;
  stored = null;
  const isTaken = await page.invokeMethodAsync('Uploaded', id);
  upload = null;
  paint();
  if (isTaken) showRemark(remark);
  else if (!keepsCookies()) showError(cookieText());
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
