// The message box. Listens on the document, so that it works from the first paint on: what is typed or sent before the
// circuit is there is kept and delivered when it comes.
import { complain, near, ofTab } from '../dom.js';
import { t, plural } from '../texts.js';

let page = null;        // the component, once connected
let isAsking = false;
let isWaiting = false;  // a question is to be sent as soon as circuit and photo are there

const form = () => document.querySelector('[data-composer]');
const box = () => form()?.querySelector('textarea');
const key = () => 'molmo.draft:' + location.pathname;
const isUploading = () => document.documentElement.hasAttribute('data-uploading');
const hasSoftKeyboard = matchMedia('(hover: none) and (pointer: coarse)');
const isPrivate = () => form()?.dataset.private === 'true';

function remember(text) {
  if (!isPrivate()) ofTab.write(key(), text);
}

export function refresh() {
  const place = form();
  if (!place) return;
  const text = box();
  text.style.height = 'auto';
  text.style.height = Math.min(text.scrollHeight, 200) + 'px';

  const limit = Number(place.dataset.limit);
  const left = limit - text.value.length;
  const counter = place.querySelector('[data-counter]');
  counter.textContent = left < 0 ? plural(-left, '{0} character too many', '{0} characters too many')
    : left <= 300 ? plural(left, '{0} character left', '{0} characters left') : '';
  counter.toggleAttribute('data-over', left < 0);

  // The focused button is never disabled outright, so that focus is not lost when Stop turns back into Send.
  const button = place.querySelector('[data-submit]');
  const isIdle = place.dataset.mode === 'send' && (!text.value.trim() || left < 0 || isAsking);
  button.setAttribute('aria-disabled', String(isIdle));
  button.disabled = isIdle && document.activeElement !== button;
}

// A question was accepted: its words leave the box.
export function begun(text) {
  if (box().value === text) box().value = '';
  remember(box().value);
  refresh();
}

// The chat has another address now. What is in the box goes along.
document.addEventListener('molmo:moved', e => {
  ofTab.write('molmo.draft:' + e.detail, null);
  if (box()) remember(box().value);
});

async function submit(method = 'Ask') {
  const place = form();
  if (!place) return;
  if (place.dataset.mode === 'stop') {
    await page?.invokeMethodAsync('Stop');
    return;
  }
  const text = box().value;
  if (isAsking || !text.trim() || text.length > Number(place.dataset.limit)) return;
  if (!navigator.onLine) {
    complain(t('You are offline. Your question is kept here: send it when you are back.'));
    return;
  }
  if (!page || isUploading()) {
    isWaiting = true;
    return;
  }
  isWaiting = false;
  isAsking = true;
  complain(null);
  refresh();
  try {
    if (await page.invokeMethodAsync(method, text)) begun(text);
  } catch {
    complain(t('The question could not be sent. It is still in the box: try again.'));
  } finally {
    isAsking = false;
    refresh();
  }
}

document.addEventListener('input', e => {
  if (e.target !== box()) return;
  remember(e.target.value);
  isWaiting = false;
  refresh();
});

// The second press of a double click lands on what has become Stop meanwhile. It is no wish to stop; a third is.
document.addEventListener('click', e => {
  if (e.detail === 2 && near(e.target, '[data-submit]') && form()?.dataset.mode === 'stop') e.preventDefault();
});

document.addEventListener('focusout', e => {
  if (near(e.target, '[data-submit]')) setTimeout(refresh);
});

document.addEventListener('submit', e => {
  if (e.target !== form()) return;
  e.preventDefault();
  submit();
});

// Where the conversation no longer fits, the words in the box go with either way out.
document.addEventListener('click', e => {
  if (near(e.target, '[data-without-oldest]')) submit('AskWithoutOldest');
  if (near(e.target, '[data-fresh]')) ofTab.write('molmo.draft:/', box().value);
  if (near(e.target, '[data-cancel-edit]')) bringBack();
});

document.addEventListener('keydown', e => {
  // While a word is being composed the keys belong to the input method; Safari says so only by code 229.
  if (e.isComposing || e.keyCode === 229) return;
  const act = actionOf(e);
  if (!act) return;
  e.preventDefault();
  act();
});

// What the pressed key does here; null for nothing.
function actionOf(e) {
  const { mode, editing } = form()?.dataset ?? {};
  const inBox = e.target === box();
  if (e.key === 'Enter' && inBox) {
    const isMeant = e.ctrlKey || e.metaKey || !(e.shiftKey || e.altKey || hasSoftKeyboard.matches);
    return isMeant ? () => mode === 'send' && submit() : null;
  }
  if (e.key === 'ArrowUp' && inBox && !box().value && !editing) return () => page?.invokeMethodAsync('Recall');
  if (e.key !== 'Escape' || e.defaultPrevented || document.querySelector('.mud-dialog, dialog[open]')) return null;
  if (mode === 'stop') return () => submit();
  return editing ? giveUp : null;
}

function giveUp() {
  bringBack();
  page?.invokeMethodAsync('GiveUp');
}

// The photo that a question was waiting for has arrived, or not.
document.addEventListener('molmo:photo', e => {
  if (e.detail && isWaiting) submit();
  isWaiting = false;
  if (e.detail) box()?.focus();
});

// The circuit puts new elements in place of those of the first paint. Focus, words and caret move over at once, so that
// whoever is typing or tabbing then does not notice.
let focused = null;     // { element, path }

function pathOf(element) {
  const steps = [];
  for (let at = element; at && at !== document.body; at = at.parentElement)
    steps.unshift(`${at.localName}:nth-child(${[...at.parentElement.children].indexOf(at) + 1})`);
  return ['body', ...steps].join('>');
}

function remain() {
  if (!focused || focused.element.isConnected || document.activeElement !== document.body) return;
  const { element, path } = focused;
  const again = document.querySelector(path);
  if (!again) return;
  if (again instanceof HTMLTextAreaElement) again.value = element.value;
  again.focus({ preventScroll: true });
  again.setSelectionRange?.(element.selectionStart, element.selectionEnd);
}

const firstPaint = new MutationObserver(remain);
firstPaint.observe(document.body, { childList: true, subtree: true });
document.addEventListener('focusin', e => {
  focused = e.target instanceof Element ? { element: e.target, path: pathOf(e.target) } : null;
});

export function connect(component) {
  firstPaint.disconnect();
  page = component;
  document.documentElement.toggleAttribute('data-connected', true);
  const kept = ofTab.read(key());
  if (kept !== null) box().value = kept;
  else if (window.molmoEarly.question !== null) box().value = window.molmoEarly.question;
  window.molmoEarly.question = null;
  refresh();
  if (isWaiting) submit();
}

export function disconnect(component) {
  if (page === component) page = null;
}

// Puts the question to edit into the box, and what stood there back when it is over: at once where the person gives up,
// so that the server's word of it, which comes later, does not take what was typed since.
let setAside = null;

export function edit(question) {
  if (question) {
    setAside ??= box().value;
    write(question);
  } else {
    bringBack();
    if (document.activeElement === document.body) box().focus();
  }
}

function bringBack() {
  if (setAside === null) return;
  put(setAside);
  setAside = null;
}

function put(text) {
  box().value = text;
  remember(text);
  refresh();
}

export function write(text) {
  put(text);
  box().focus();
  box().setSelectionRange(text.length, text.length);
}

// What was typed before this script was there.
if (window.molmoEarly.question !== null) remember(window.molmoEarly.question);
refresh();
