// Keys that hold on the whole page, the list of all keys, and the switch for single ones, which some people cannot use
// (WCAG 2.1.4). Scripts that handle a single key of their own ask data-single-keys on the root.
import { near, ofBrowser } from '../dom.js';

const kept = 'molmo.single-keys';
const root = document.documentElement;
const list = () => document.querySelector('dialog[data-keys-list]');
const isModal = () => document.querySelector('dialog[open], .mud-dialog') !== null;
const typed =
  'textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=file])';

function apply(isOff) {
  if (isOff) root.dataset.singleKeys = 'off'; else delete root.dataset.singleKeys;
  const box = list()?.querySelector('[data-single-keys]');
  if (box) box.checked = !isOff;
}

function open() {
  if (!isModal()) list()?.showModal();
  return true;
}

function toBox() {
  const box = document.querySelector('[data-composer] textarea');
  box?.focus();
  return box !== null;
}

function copyLast() {
  const buttons = document.querySelectorAll('.answer [data-copy=""]');
  buttons[buttons.length - 1]?.click();
  return buttons.length > 0;
}

// What the pressed key does here; null for nothing. Each says whether it was done.
function actionOf(e) {
  const isCommand = e.ctrlKey || e.metaKey;
  if (isCommand && e.shiftKey && e.code === 'KeyO') return () => { location.assign('/'); return true; };
  if (isModal()) return null;
  if (isCommand && e.shiftKey && e.code === 'KeyC') return copyLast;
  if (isCommand && (e.key === '/' || e.key === '?')) return open;
  if (isCommand) return null;
  if (e.key === 'Escape' && e.shiftKey) return toBox;
  if (root.dataset.singleKeys === 'off' || near(e.target, typed)) return null;
  if (e.key === '?') return open;
  return e.key === '/' ? toBox : null;
}

document.addEventListener('keydown', e => {
  if (e.isComposing || e.keyCode === 229 || e.altKey) return;
  if (!actionOf(e)?.()) return;
  e.preventDefault();
  e.stopImmediatePropagation();
}, { capture: true });

document.addEventListener('click', e => {
  if (near(e.target, '[data-keys-open]')) open();
  else if (near(e.target, '[data-keys-close]') || e.target === list()) list().close();
});

document.addEventListener('change', e => {
  if (!near(e.target, '[data-single-keys]')) return;
  apply(!e.target.checked);
  ofBrowser.write(kept, e.target.checked ? null : 'off');
});

addEventListener('storage', e => { if (e.key === kept) apply(e.newValue === 'off'); });
apply(ofBrowser.read(kept) === 'off');

if (/Mac|iPhone|iPad/.test(navigator.platform))
  for (const key of document.querySelectorAll('kbd[data-mod]')) key.textContent = '⌘';
