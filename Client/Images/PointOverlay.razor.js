// A dot's name, its little menu, arrow keys, landing, and what lights what: dots, chips and lenses of one thing light
// each other. In the browser because an answer to a moving pointer cannot wait for the network; it reads what the
// component wrote and never changes it, except for which dot takes the tab stop, which are lit and which land.
import { clamp, make, near } from '../dom.js';
import { t } from '../texts.js';
import { allViews, dotOf, isStill, onViewer, viewOf } from '../views.js';

const closeUp = 3;   // zoom at which a dot is looked at
const narrow = 480;  // pixels of the photo's width below which names stand at its upper edge
const short = 140;   // pixels: nearer than that to the edge, a name stands inwards instead
let tip = null;
let line = null;
let owner = null;
let isPinned = false;   // shown with its menu by a click or Enter: stays while the pointer goes elsewhere
let hiding = 0;
let isReturning = false;

const twinOf = node => near(node, 'button.chip, [data-lens]');
const isWalked = dot => !dot.hasAttribute('data-off');

function hide() {
  clearTimeout(hiding);
  const dot = owner;
  const hadFocus = tip?.contains(document.activeElement);
  tip?.remove();
  line?.remove();
  tip = line = owner = null;
  isPinned = false;
  if (dot) relight();
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
  line = make('i', { class: 'tip-line', 'aria-hidden': 'true' });
  place.append(line, tip);
  owner = dot;
  isPinned = isPinning;
  put(view);
  light(nameOf(dot));
}

// At the edge of what is seen of the photo that is nearer to the dot, on a line to it; nearer than a name is long,
// inwards. On a narrow photo at its upper edge, for a dot up there at the lower one. Never over the dot; gone while
// that is out of sight.
function put(view) {
  const around = tip.parentElement.getBoundingClientRect();
  const [frame, photo] = [view.frame, view.photo].map(element => element.getBoundingClientRect());
  const spot = owner.getBoundingClientRect();
  const [x, y] = [spot.left + spot.width / 2, spot.top + spot.height / 2];
  const room = {
    left: Math.max(frame.left, photo.left) + 6, right: Math.min(frame.right, photo.right) - 6,
    top: Math.max(frame.top, photo.top) + 6, bottom: Math.min(frame.bottom, photo.bottom) - 6,
  };
  const { width, height } = tip.getBoundingClientRect();
  const isNarrow = room.right - room.left < narrow;
  let left, top;
  if (isNarrow) {
    const isHigh = y - room.top < height + 30;
    left = (room.left + room.right - width) / 2;
    top = isHigh ? room.bottom - height : room.top;
  } else {
    const isRight = x >= (room.left + room.right) / 2;
    const isOut = (isRight ? room.right - x : x - room.left) >= Math.max(short, width + 40);
    const isAtRight = isRight === isOut;
    left = isOut ? (isRight ? room.right - width : room.left) : isRight ? x - short - width : x + short;
    left = clamp(left, room.left, Math.max(room.left, room.right - width));
    top = clamp(y - height / 2, room.top, Math.max(room.top, room.bottom - height));
    const from = isAtRight ? x + 16 : left + width;
    line.style.left = from - around.left + 'px';
    line.style.top = y - 0.75 - around.top + 'px';
    line.style.width = Math.max(0, isAtRight ? left - from : x - 16 - from) + 'px';
  }
  tip.style.left = left - around.left + 'px';
  tip.style.top = top - around.top + 'px';
  tip.style.visibility = line.style.visibility = view.sees(owner) ? '' : 'hidden';
  line.hidden = isNarrow || y < top || y > top + height;
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

// What is lit: { turn, group, n } names a dot and its lens, without n all of a group. Groups as in the answer itself.

function nameOf(node) {
  const { turn, chip, group, n } = node.dataset;
  if (!node.matches('.dot')) return { turn, group: chip ?? group, n };
  const dots = node.closest('[data-dots]');
  return { turn: dots?.dataset.turn, group: String(group - (dots?.dataset.base ?? 0)), n };
}

const twinNow = () => twinOf(document.activeElement) ?? document.querySelector('button.chip:hover, [data-lens]:hover');

function light(name) {
  const place = name && (owner ? viewOf(owner)?.root : document.querySelector('[data-stage]'));
  const layers = [...document.querySelectorAll('[data-dots]')];
  const own = place
    && layers.find(layer => place.contains(layer) && (layer.dataset.turn ?? '') === (name.turn ?? ''));
  const group = own && String(Number(name.group) + Number(own.dataset.base ?? 0));
  for (const layer of layers) {
    layer.classList.toggle('dim', Boolean(own) && place.contains(layer));
    for (const dot of layer.querySelectorAll('.dot')) {
      const isMeant = layer === own && dot.dataset.group === group && (!name.n || dot.dataset.n === name.n);
      dot.classList.toggle('lit', isMeant);
    }
  }
  for (const twin of document.querySelectorAll('[data-lens].lit, button.chip.lit')) twin.classList.remove('lit');
  if (!own || !name.turn) return;
  const of = `[data-turn="${CSS.escape(name.turn)}"]`;
  for (const twin of document.querySelectorAll(`${of}[data-chip="${name.group}"], ${of}[data-group="${name.group}"]`))
    if (!twin.dataset.n || !name.n || twin.dataset.n === name.n) twin.classList.add('lit');
}

function relight() {
  const twin = twinNow();
  light(twin ? nameOf(twin) : owner ? nameOf(owner) : null);
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

// The dot that a lens is a crop of.
function dotBelow(lens) {
  for (const view of allViews())
    for (const layer of view.root.querySelectorAll(`[data-dots][data-turn="${CSS.escape(lens.dataset.turn)}"]`)) {
      const group = String(Number(lens.dataset.group) + Number(layer.dataset.base ?? 0));
      const dot = layer.querySelector(`.dot[data-group="${group}"][data-n="${CSS.escape(lens.dataset.n)}"]`);
      if (dot) return [view, dot];
    }
  return null;
}

document.addEventListener('click', e => {
  const lens = near(e.target, '[data-lens]');
  const below = lens && dotBelow(lens);
  if (below) {
    const [view, dot] = below;
    if (view.zoom > 1 || dot.hasAttribute('data-in')) goTo(view, dot, { isFocused: false });
    else {
      view.select(view.selected === dot ? null : dot);
      if (view.selected) show(dot); else hide();
    }
    return;
  }
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
    const view = viewOf(dot);
    for (const other of view?.root.querySelectorAll('.dot[tabindex="0"]') ?? []) other.tabIndex = -1;
    dot.tabIndex = 0;
    if (view && !view.sees(dot)) view.centre(dot);
    if (owner !== dot && !isReturning) show(dot);
  }
  if (tip?.contains(e.target)) clearTimeout(hiding);
  const twin = twinOf(e.target);
  if (twin) light(nameOf(twin));
});

document.addEventListener('focusout', e => {
  if (dotOf(e.target) || tip?.contains(e.target)) {
    isPinned &&= e.relatedTarget === null || tip.contains(e.relatedTarget) || e.relatedTarget === owner;
    hideSoon();
  }
  if (twinOf(e.target)) setTimeout(relight);
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
    else if (owner) light(nameOf(owner));
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

document.addEventListener('pointerover', e => { if (twinOf(e.target)) light(nameOf(twinOf(e.target))); });
document.addEventListener('pointerout', e => {
  if (twinOf(e.target) && twinOf(e.target) !== document.activeElement) light(owner ? nameOf(owner) : null);
});

// A chip that was just chosen brings its picture onto the stage: then its dots are there to light.
new MutationObserver(() => { if (twinNow()) light(nameOf(twinNow())); })
  .observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-turn'] });

// Landing: a dot that arrives while the page is open drops in, each a little after the one before, so that the eye can
// follow; where many come at once, closer. A dot lands once.

const gap = 80;        // milliseconds between two dots
const longest = 900;   // from the first to the last of what came together
const many = 60;
const landed = new Map();   // turn -> how many of its dots were seen
let next = 0;               // when the next may land

function land(view, isThere = false) {
  for (const layer of view.root.querySelectorAll('[data-dots]')) {
    const dots = [...layer.querySelectorAll('.dot')];
    const turn = layer.dataset.turn ?? '';
    const before = landed.get(turn);
    landed.set(turn, Math.max(before ?? 0, dots.length));
    const fresh = dots.slice(before ?? (isThere ? dots.length : 0));
    if (fresh.length === 0 || isStill.matches || dots.length > many) continue;
    const now = performance.now();
    const begin = Math.max(now, next);
    const pause = Math.min(gap, Math.max(0, longest - (begin - now)) / fresh.length);
    for (const [i, dot] of fresh.entries()) {
      dot.style.setProperty('--after', `${Math.round(Math.min(begin - now, longest) + i * pause)}ms`);
      dot.setAttribute('data-landing', '');
    }
    next = begin + fresh.length * pause;
  }
}

onViewer(view => {
  view.on('dots', () => land(view));
  land(view, true);
});
