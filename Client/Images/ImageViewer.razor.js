// Fingers, wheel and keys on the photo, and its state in the address: #g=1&p=7&z=2.5 (group, dot, zoom; groups and dots
// from 1; off= hidden groups; x= and y= the middle where no dot is chosen; v= which photo of the page where there are
// several).
import { clamp, near } from '../dom.js';
import './AuditBar.razor.js';
import { allViews, dotOf, keyOf, onViewer, viewOf } from '../views.js';
import { hiddenOf, hideGroups } from './ImageLegend.razor.js';
import './PointClusters.razor.js';
import { goTo, walk, walkGroups } from './PointOverlay.razor.js';
import { isDrawing } from './RegionBox.razor.js';
import './PointSheet.razor.js';
import { hideDots, toggleNumbers } from './ImageTools.razor.js';

export { connect, disconnect } from './RegionBox.razor.js';

// Wheel and fingers

function zoomByWheel(view, e) {
  // On a page that scrolls, the wheel scrolls unless the photo was chosen; a pinch on a touchpad comes as a wheel with
  // Ctrl.
  const isMeant =
    e.ctrlKey || e.metaKey || !view.root.classList.contains('reading') || view.root.contains(document.activeElement);
  if (!isMeant) return;
  e.preventDefault();
  const lines = e.deltaMode === 1 ? 16 : e.deltaMode === 2 ? 400 : 1;
  const delta = clamp(e.deltaY * lines, -240, 240) * (e.ctrlKey ? 5 : 1);
  view.zoomBy(Math.exp(-delta * 0.002), { at: [e.clientX, e.clientY], isSmooth: false });
}

function followFingers(view) {
  const down = new Map();      // pointer -> place
  let isDragging = false;
  let tap = null;              // time and place of the last touch that was a tap
  let moved = 0;

  const middle =
    () => [...down.values()].reduce(([x, y], [px, py]) => [x + px / down.size, y + py / down.size], [0, 0]);
  const spread = () => { const [a, b] = [...down.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };

  view.frame.addEventListener('pointerdown', e => {
    if (e.button !== 0 || isDrawing(view)) return;
    if (down.size === 0) moved = 0;
    down.set(e.pointerId, [e.clientX, e.clientY]);
  });

  view.frame.addEventListener('pointermove', e => {
    const before = down.get(e.pointerId);
    if (!before) return;
    const [dx, dy] = [e.clientX - before[0], e.clientY - before[1]];
    if (down.size === 2) {
      const [from, was] = [middle(), spread()];
      down.set(e.pointerId, [e.clientX, e.clientY]);
      const to = middle();
      view.panBy(to[0] - from[0], to[1] - from[1]);
      if (was > 0) view.zoomTo(view.zoom * spread() / was, { at: to, isSmooth: false });
      isDragging = true;
      return;
    }
    moved = Math.max(moved, Math.hypot(dx, dy));
    if (!isDragging && moved > (e.pointerType === 'touch' ? 10 : 4) && view.zoom > 1) {
      isDragging = true;
      view.frame.setPointerCapture(e.pointerId);
      view.root.toggleAttribute('data-grabbed', true);
    }
    if (!isDragging) return;
    down.set(e.pointerId, [e.clientX, e.clientY]);
    view.panBy(dx, dy);
  });

  const end = e => {
    if (!down.delete(e.pointerId)) return;
    if (e.type === 'pointerup' && e.pointerType === 'touch' && !isDragging && moved < 10 && !dotOf(e.target)) {
      const isDouble = tap && e.timeStamp - tap.at < 320 && Math.hypot(tap.x - e.clientX, tap.y - e.clientY) < 30;
      tap = isDouble ? null : { at: e.timeStamp, x: e.clientX, y: e.clientY };
      if (isDouble) zoomHere(e);
    }
    if (down.size > 0) return;
    view.root.toggleAttribute('data-grabbed', false);
    if (!isDragging) return;
    isDragging = false;
    // The click that ends a movement is none; it comes at once or not at all.
    const swallow = click => { click.stopPropagation(); click.preventDefault(); };
    addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener('click', swallow, { capture: true }), 0);
  };
  view.frame.addEventListener('pointerup', end);
  view.frame.addEventListener('pointercancel', end);

  const zoomHere = e => view.zoom > 1.05 ? view.fit() : view.zoomTo(2.5, { at: [e.clientX, e.clientY] });
  view.frame.addEventListener('dblclick', e => {
    if (!dotOf(e.target) && !e.target.closest('.cluster, [data-map]') && !isDrawing(view)
      && e.sourceCapabilities?.firesTouchEvents !== true) zoomHere(e);
  });
  // A dot's name lies over the photo and beside it in the tree.
  view.root.addEventListener('wheel', e => {
    if (near(e.target, '.frame, .tips')) zoomByWheel(view, e);
  }, { passive: false });
}

onViewer(followFingers);

// Keys: single ones only while the viewer has the focus, and not where they are switched off

const pan = 80;
const keys = {
  '+': view => view.zoomBy(1.6), '=': view => view.zoomBy(1.6), '-': view => view.zoomBy(1 / 1.6),
  0: view => view.fit(),
  n: view => walk(view, 1), p: view => walk(view, -1), '[': view => walkGroups(view, -1),
  ']': view => walkGroups(view, 1),
  l: toggleNumbers, h: view => hideDots(view, view.isHolding = true),
};
const arrows = { ArrowLeft: [pan, 0], ArrowRight: [-pan, 0], ArrowUp: [0, pan], ArrowDown: [0, -pan] };

document.addEventListener('keydown', e => {
  const focus = document.activeElement;
  const view = viewOf(focus);
  // brackets need AltGr on some keyboards
  const isCommand = (e.ctrlKey || e.metaKey || e.altKey) && !e.getModifierState('AltGraph');
  if (!view || isCommand || focus.closest('input, textarea, dialog, [data-region]')) return;
  const key = document.documentElement.dataset.singleKeys === 'off' ? null : keys[keyOf(e).toLowerCase()];
  if (key) {
    e.preventDefault();
    if (!(e.repeat && keyOf(e).toLowerCase() === 'h')) key(view);
  } else if (focus === view.frame && arrows[e.key] && view.zoom > 1) {
    e.preventDefault();
    view.panBy(...arrows[e.key], true);
  }
});

const release = () => { for (const view of allViews()) if (view.isHolding) hideDots(view, view.isHolding = false); };
document.addEventListener('keyup', e => { if (keyOf(e).toLowerCase() === 'h') release(); });
addEventListener('blur', release);

// The address

const number = text => { const value = Number(text); return text !== null && Number.isFinite(value) ? value : null; };

function read() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (!['g', 'p', 'z', 'x', 'off'].some(name => wanted.has(name))) return;
  const view = allViews()[(number(wanted.get('v')) ?? 1) - 1];
  if (!view || !(view.size.photo[0] > 0)) return;
  const off = (wanted.get('off') ?? '').split(',').filter(group => /^\d+$/.test(group)).map(group => String(group - 1));
  hideGroups(view, off);
  const zoom = number(wanted.get('z')) ?? view.zoom;
  const group = wanted.has('g') ? String(wanted.get('g') - 1) : null;
  const dot = wanted.has('p')
    ? view.dots.find(other => (group === null || other.dataset.group === group) && other.dataset.n === wanted.get('p'))
    : null;
  if (dot) goTo(view, dot, { zoom, isSmooth: false, isFocused: false });
  else view.centreOn(number(wanted.get('x')) ?? 50, number(wanted.get('y')) ?? 50, zoom, false);
}

function write() {
  if (isWanted) return;
  const views = allViews();
  const index = views.findIndex(view => view.zoom > 1 || view.selected || hiddenOf(view).size > 0);
  const parts = [];
  if (index >= 0) {
    const view = views[index];
    const short = value => String(Math.round(value * 100) / 100);
    if (index > 0) parts.push(`v=${index + 1}`);
    if (view.selected) parts.push(`g=${Number(view.selected.dataset.group) + 1}`, `p=${view.selected.dataset.n}`);
    if (view.zoom > 1) parts.push(`z=${short(view.zoom)}`);
    if (view.zoom > 1 && !view.selected && view.size.photo[0] > 0)
      parts.push(...view.middle.map((at, i) => `${'xy'[i]}=${short(at)}`));
    if (hiddenOf(view).size > 0)
      parts.push(`off=${[...hiddenOf(view)].map(group => Number(group) + 1).sort((a, b) => a - b).join(',')}`);
  }
  const hash = parts.length > 0 ? '#' + parts.join('&') : '';
  if (hash !== location.hash) history.replaceState(history.state, '', location.pathname + location.search + hash);
}

// What the address asks for is there at first, or comes with the circuit's own elements and dots; a touch ends the
// waiting.
let isWanted = false;     // until then nothing is written: the address is not yet what people see
let isReading = false;
let writing = 0;
const wanting = view => view.dots.length > 0 || !/[#&]p=/.test(location.hash);
for (const touch of ['pointerdown', 'keydown'])
  document.addEventListener(touch, e => { if (viewOf(e.target)) isWanted = false; }, true);
onViewer(view => {
  isWanted = location.hash.length > 1;
  const tryRead = () => {
    if (!isWanted || isReading || !wanting(view)) return;
    isReading = true;
    requestAnimationFrame(() => {
      isWanted = isReading = false;
      read();
    });
  };
  const later = () => {
    if (isWanted) return;
    clearTimeout(writing);
    writing = setTimeout(write, 250);
  };
  view.on('dots', tryRead);
  for (const name of ['view', 'select', 'groups']) view.on(name, later);
  tryRead();
});
addEventListener('hashchange', read);
