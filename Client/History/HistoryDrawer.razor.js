// Where the drawer lies over the page it is a dialog: the focus goes in, stays in, and comes back when it closes.
import { near } from '../dom.js';

const narrow = matchMedia('(max-width: 1279.98px)');
const drawer = () => document.querySelector('[data-history]');
const isOpen = () => drawer()?.classList.contains('mud-drawer--open') === true;
const controls = () => [...drawer().querySelectorAll('a[href], button:not(:disabled), input')]
  .filter(element => element.checkVisibility());

let page = null;
let wanted = null;      // whether open, by the last press of its button; null when something else was done since
let search = null;      // typed before it was
let isOver = false;     // over the page, with the focus inside
let from = null;

function look() {
  const place = drawer();
  if (!place) return;
  const now = isOpen() && narrow.matches;
  if (now === isOver) return;
  // The drawer closes itself on a narrow screen when it first learns the width, also where a press was faster.
  if (isOver && wanted && page) {
    page.invokeMethodAsync('Open');
    return;
  }
  isOver = now;
  if (isOver) {
    place.setAttribute('role', 'dialog');
    place.setAttribute('aria-modal', 'true');
    from = near(document.activeElement, 'button') ?? document.querySelector('[data-history-open]');
    requestAnimationFrame(() => controls()[0]?.focus());
  } else {
    place.removeAttribute('role');
    place.removeAttribute('aria-modal');
    if (place.contains(document.activeElement) || document.activeElement === document.body) from?.focus();
  }
}

document.addEventListener('input', e => {
  if (!page && near(e.target, '[data-history] input[type=search]')) search = e.target.value;
});

document.addEventListener('click', e => {
  if (near(e.target, '[data-history-open]')) wanted = !(wanted ?? isOpen());
  else if (page) wanted = null;
}, { capture: true });

document.addEventListener('keydown', e => {
  if (!isOver || document.querySelector('dialog[open], .mud-dialog')) return;
  if (e.key === 'Escape') {
    e.preventDefault();
    e.stopImmediatePropagation();
    wanted = null;
    page?.invokeMethodAsync('Close');
  } else if (e.key === 'Tab') {
    const all = controls();
    const end = e.shiftKey ? all[0] : all.at(-1);
    if (document.activeElement !== end && drawer().contains(document.activeElement)) return;
    e.preventDefault();
    (e.shiftKey ? all.at(-1) : all[0]).focus();
  }
}, { capture: true });

export function connect(component) {
  page = component;
  new MutationObserver(look).observe(drawer(), { attributes: true, attributeFilter: ['class'] });
  narrow.addEventListener('change', () => {
    wanted = null;
    look();
  });
  look();
  if (wanted !== null && wanted !== isOpen()) page.invokeMethodAsync(wanted ? 'Open' : 'Close');
  const box = drawer().querySelector('input[type=search]');
  if (search === null || !box) return;
  box.value = search;
  box.dispatchEvent(new Event('input', { bubbles: true }));
}

export function disconnect(component) {
  if (page !== component) return;
  page = null;
  wanted = null;
}

// Kept for the next page, which the server draws.
export function remember(isOpen) {
  if (narrow.matches) return;
  document.cookie = `molmo.drawer=${isOpen ? 'open' : 'closed'};path=/;max-age=31536000;samesite=lax`;
}
