// Hover text, a dot's little menu, arrow keys and the link from chip to dots. In the browser because an answer to a
// moving pointer cannot wait for the network; it reads what the component wrote and never changes it, except for which
// dot takes the tab stop and which are lit.
import { make, near } from '../dom.js';
import { t } from '../texts.js';
import { dotOf, onViewer, viewOf } from '../views.js';

const closeUp = 3;   // zoom at which a dot is looked at
let tip = null;
let owner = null;
let isPinned = false;   // shown with its menu by a click or Enter: stays while the pointer goes elsewhere
let hiding = 0;
let isReturning = false;

const chipOf = node => near(node, 'button.chip');
const isWalked = dot => !dot.hasAttribute('data-off');

function hide() {
  clearTimeout(hiding);
  const dot = owner;
  const hadFocus = tip?.contains(document.activeElement);
  tip?.remove();
  tip = owner = null;
  isPinned = false;
  if (dot) fade(dot.closest('[data-dots]'), null, null);
  if (!hadFocus) return;
  isReturning = true;
  dot.focus({ preventScroll: true });
  isReturning = false;
}

function hideSoon() {
  clearTimeout(hiding);
  if (!isPinned) hiding = setTimeout(hide, 160);   // long enough to move the pointer onto the text
}

function show(dot, isPinning = false) {
  clearTimeout(hiding);
  if (owner === dot && (isPinned || !isPinning)) return;
  hide();
  const view = viewOf(dot);
  const place = view?.root.querySelector('[data-tips]');
  if (!place) return;
  if (dot.title) {
    dot.dataset.title = dot.title;   // the browser's own hover text would say it twice
    dot.removeAttribute('title');
  }
  const names = { class: 'tip', 'data-testid': 'point-tooltip', 'aria-label': dot.getAttribute('aria-label') };
  tip = make('div', { ...names, role: isPinning ? 'group' : 'tooltip' },
    make('bdi', {}, dot.dataset.name || t('point')), ' ', make('em', {}, dot.dataset.place));
  if (isPinning)
    tip.append(make(
      'span', { class: 'tip-acts' }, ...view.root.querySelector('[data-dot-acts]').cloneNode(true).children));
  place.append(tip);
  owner = dot;
  isPinned = isPinning;
  put(view);
  fade(dot.closest('[data-dots]'), dot.dataset.group, dot);
}

// Above the dot, below it near the top; within the viewer; never over the dot; gone while the dot is out of sight.
function put(view) {
  const around = tip.parentElement.getBoundingClientRect();
  const room = view.root.getBoundingClientRect();
  const spot = owner.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const middle = spot.left + spot.width / 2;
  const left = Math.max(room.left + 4, Math.min(middle - size.width / 2, room.right - size.width - 4));
  const isBelow = spot.top - size.height - 14 < room.top;
  tip.style.left = left - around.left + 'px';
  tip.style.top = (isBelow ? spot.bottom + 10 : spot.top - size.height - 14) - around.top + 'px';
  tip.style.visibility = view.sees(owner) ? '' : 'hidden';
}

/**
 * Chooses a dot, brings it into the middle and shows its name; from afar, as near as is needed to tell it from others.
 */
export function goTo(view, dot, { zoom = dot.hasAttribute('data-in') ? Math.max(view.zoom, closeUp) : view.zoom,
  isSmooth = true, isFocused = true, isPinning = false } = {}) {
  view.centre(dot, zoom, isSmooth);
  view.select(dot);
  if (isFocused) dot.focus({ preventScroll: true });
  show(dot, isPinning);
}

/** To the next dot (1) or the one before (-1) of those that are shown. */
export function walk(view, by) {
  const dots = view.dots.filter(isWalked);
  if (dots.length === 0) return;
  const at = dots.indexOf(dotOf(document.activeElement) ?? view.selected);
  goTo(view, dots[at < 0 ? (by > 0 ? 0 : dots.length - 1) : (at + by + dots.length) % dots.length]);
}

/** To the first dot of the next group or the one before. */
export function walkGroups(view, by) {
  const dots = view.dots.filter(isWalked);
  const groups = [...new Set(dots.map(dot => dot.dataset.group))];
  if (groups.length === 0) return;
  const at = groups.indexOf((dotOf(document.activeElement) ?? view.selected)?.dataset.group);
  const to = groups[at < 0 ? 0 : (at + by + groups.length) % groups.length];
  goTo(view, dots.find(dot => dot.dataset.group === to));
}

// One dot, or with none named all of its group, stands out; the rest of the group stays, all else fades.
function fade(dots, group, dot) {
  if (!dots) return;
  dots.classList.toggle('dim', group !== null);
  for (const other of dots.querySelectorAll('.dot')) {
    const isKin = other.dataset.group === group;
    other.classList.toggle('kin', isKin);
    other.classList.toggle('lit', isKin && (dot === null || other === dot));
  }
}

document.addEventListener('pointerover', e => {
  const dot = dotOf(e.target);
  if (dot && !isPinned && !viewOf(dot)?.root.hasAttribute('data-grabbed')) show(dot);
  else if (tip?.contains(e.target) || dot === owner) clearTimeout(hiding);
});

document.addEventListener('pointerout', e => {
  if (!tip || e.pointerType === 'touch') return;
  if (dotOf(e.target) || tip.contains(e.target)) hideSoon();
});

document.addEventListener('click', e => {
  const dot = dotOf(e.target);
  const view = viewOf(dot ?? tip);
  if (dot) {
    view.select(dot);
    show(dot, true);
  } else if (tip?.contains(e.target)) {
    const chosen = owner;
    if (e.target.closest('[data-centre-dot]'))
      goTo(view, chosen, { zoom: Math.max(view.zoom, closeUp), isPinning: true });
    if (!e.target.closest('[data-ask-dot]')) return;
    view.root.dispatchEvent(new CustomEvent('viewer:ask', { bubbles: true, detail: chosen }));
    hide();
  } else if (tip) {
    hide();
  }
});

document.addEventListener('focusin', e => {
  const dot = dotOf(e.target);
  if (dot) {
    for (const other of dot.parentElement.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    dot.tabIndex = 0;
    const view = viewOf(dot);
    if (view && !view.sees(dot)) view.centre(dot);
    if (owner !== dot && !isReturning) show(dot);
  }
  if (tip?.contains(e.target)) clearTimeout(hiding);
  const chip = chipOf(e.target);
  if (chip) light(chip);
});

document.addEventListener('focusout', e => {
  if (dotOf(e.target) || tip?.contains(e.target)) {
    isPinned &&= e.relatedTarget === null || tip.contains(e.relatedTarget) || e.relatedTarget === owner;
    hideSoon();
  }
  if (chipOf(e.target)) unlight();
});

document.addEventListener('keydown', e => {
  if (e.key === 'Escape' && tip && !document.querySelector('dialog[open]')) {
    hide();
    e.preventDefault();
    return;
  }
  const dot = dotOf(document.activeElement);
  if (!dot || e.ctrlKey || e.metaKey || e.altKey) return;
  const view = viewOf(dot);
  if (e.key === 'Enter') {
    e.preventDefault();
    goTo(view, dot, { zoom: Math.max(view.zoom, closeUp), isPinning: true });
    return;
  }
  const all = view.dots.filter(isWalked);
  const at = all.indexOf(dot);
  const to = {
    ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1,
  }[e.key];
  if (to === undefined) return;
  e.preventDefault();
  all[(to + all.length) % all.length].focus({ preventScroll: true });
}, true);

onViewer(view => {
  view.on('view', () => { if (tip && owner.isConnected && viewOf(owner) === view) put(view); });
  const refresh = () => {
    if (owner && !owner.isConnected) hide();
    // A page without a circuit writes plain marks; with script they can be walked and chosen like the others.
    for (const [index, mark] of [...view.root.querySelectorAll('span.dot:not([tabindex])')].entries()) {
      mark.tabIndex = index === 0 ? 0 : -1;
      mark.setAttribute('role', 'button');
    }
    // The one tab stop must be a dot that is shown.
    const stop = view.root.querySelector('.dot[tabindex="0"]');
    const first = view.dots.find(isWalked);
    if (first && (!stop || !isWalked(stop))) {
      if (stop) stop.tabIndex = -1;
      first.tabIndex = 0;
    }
  };
  view.on('dots', refresh);
  view.on('groups', () => {
    refresh();
    if (owner && !isWalked(owner)) hide();
  });
  refresh();
});

// A chip lights the dots of its group, where its answer is the one on the picture.

const stageOf = chip => {
  const stage = document.querySelector('[data-stage]');
  return stage?.dataset.turn === chip.dataset.turn ? stage.querySelector('[data-dots]') : null;
};

const chipNow = () => chipOf(document.activeElement) ?? document.querySelector('button.chip:hover');

function light(chip) {
  fade(stageOf(chip), chip.dataset.chip, null);
}

function unlight() {
  const dots = document.querySelector('[data-stage] [data-dots]');
  if (owner) fade(dots, owner.dataset.group, owner); else fade(dots, null, null);
}

document.addEventListener('pointerover', e => { if (chipOf(e.target)) light(chipOf(e.target)); });
document.addEventListener(
  'pointerout', e => { if (chipOf(e.target) && chipOf(e.target) !== document.activeElement) unlight(); });

// A chip that was just chosen brings its picture onto the stage: then its dots are there to light.
new MutationObserver(() => { if (chipNow()) light(chipNow()); })
  .observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-turn'] });
