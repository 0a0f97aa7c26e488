// A part of the photo to ask about: a box drawn, moved and sized by pointer or keys. What is taken goes to the page's component,
// which keeps it until the question is asked.
import { t } from '../texts.js';
import { dotOf, onViewer, viewOf } from './PhotoFrame.razor.js';

const least = 3;      // percent of a side; smaller is a slip of the hand
const step = 2;       // percent a key moves
let page = null;      // the component, once connected

/** @type {WeakMap<object, { x: number, y: number, width: number, height: number }>} view -> box in percent while one is drawn */
const boxes = new WeakMap();

export const isDrawing = view => boxes.has(view);

export function connect(component) { page = component; }

export function disconnect(component) {
  if (page === component) page = null;
}

const near = (target, selector) => target instanceof Element ? target.closest(selector) : null;
const clamp = (value, from, to) => Math.min(to, Math.max(from, value));

function begin(view) {
  if (!view.root.querySelector('[data-region]')) return;
  const pending = view.root.querySelector('[data-pending]')?.dataset.pending.split(' ').map(Number);
  const [x, y] = view.middle;
  // What is seen, a little smaller; or the part that is chosen already.
  const [width, height] = view.size.frame.map((side, i) => Math.min(60, side / (view.size.photo[i] * view.zoom) * 60));
  const [left, top, w, h] = pending ?? [clamp(x - width / 2, 0, 100 - width), clamp(y - height / 2, 0, 100 - height), width, height];
  boxes.set(view, { x: left, y: top, width: w, height: h });
  paint(view);
  view.root.querySelector('[data-box]').focus({ preventScroll: true });
}

function leave(view) {
  boxes.delete(view);
  paint(view);
}

function paint(view) {
  const box = boxes.get(view);
  view.root.toggleAttribute('data-drawing', box !== undefined);
  view.root.querySelector('[data-region-tool]')?.setAttribute('aria-pressed', String(box !== undefined));
  const region = view.root.querySelector('[data-region]');
  region.hidden = box === undefined;
  if (!box) return;
  const style = region.querySelector('[data-box]').style;
  style.left = box.x + '%';
  style.top = box.y + '%';
  style.width = box.width + '%';
  style.height = box.height + '%';
}

async function take(view) {
  const { x, y, width, height } = boxes.get(view);
  await tell('TakeRegion', x, y, width, height);
  leave(view);
  document.querySelector('[data-composer] textarea')?.focus();
}

/** Calls the page's component; says so where it cannot be reached. */
export async function tell(method, ...values) {
  try {
    if (!page) throw new Error('The page is not connected.');
    await page.invokeMethodAsync(method, ...values);
  } catch {
    document.dispatchEvent(new CustomEvent('molmo:error', { detail: t('The page is not connected to the server at the moment. Try again when it is back.') }));
  }
}

document.addEventListener('click', e => {
  const view = viewOf(near(e.target, '[data-region-tool], [data-region-take], [data-region-leave]'));
  if (!view) return;
  if (near(e.target, '[data-region-take]')) take(view);
  else if (near(e.target, '[data-region-leave]') || isDrawing(view)) {
    leave(view);
    view.root.querySelector('[data-region-tool]').focus();
  } else begin(view);
});

document.addEventListener('viewer:ask', e => tell('AskAbout', Number(e.detail.dataset.x), Number(e.detail.dataset.y)));

document.addEventListener('keydown', e => {
  const view = viewOf(document.activeElement);
  if (!view || !isDrawing(view)) return;
  const inBox = document.activeElement.matches('[data-box]');
  if (e.key === 'Escape') {
    leave(view);
    view.root.querySelector('[data-region-tool]').focus();
  } else if (e.key === 'Enter' && inBox) {
    take(view);
  } else {
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[e.key];
    if (!by || !inBox) return;
    const box = boxes.get(view);
    if (e.shiftKey) {
      box.width = clamp(box.width + by[0], least, 100 - box.x);
      box.height = clamp(box.height + by[1], least, 100 - box.y);
    } else {
      box.x = clamp(box.x + by[0], 0, 100 - box.width);
      box.y = clamp(box.y + by[1], 0, 100 - box.height);
    }
    paint(view);
  }
  e.preventDefault();
  e.stopImmediatePropagation();
}, true);

// Drawn anew from anywhere, moved from inside, sized at a corner. The opposite corner stays.
onViewer(view => {
  let drag = null;
  const at = e => view.percentAt(e.clientX, e.clientY).map(value => clamp(value, 0, 100));
  const span = ([x1, y1], [x2, y2]) => ({ x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x1 - x2), height: Math.abs(y1 - y2) });

  view.frame.addEventListener('pointerdown', e => {
    if (e.button !== 0 || !isDrawing(view) || near(e.target, '[data-map]')) return;
    e.preventDefault();
    const box = boxes.get(view);
    const edge = near(e.target, '[data-edge]')?.dataset.edge;
    drag = { before: { ...box }, from: at(e) };
    if (edge) drag.fixed = [edge.includes('w') ? box.x + box.width : box.x, edge.includes('n') ? box.y + box.height : box.y];
    else if (!near(e.target, '[data-box]')) drag.fixed = drag.from;
    view.frame.setPointerCapture(e.pointerId);
    view.root.querySelector('[data-box]').focus({ preventScroll: true });
  });

  view.frame.addEventListener('pointermove', e => {
    if (!drag || !isDrawing(view)) return;
    const to = at(e);
    const box = boxes.get(view);
    if (drag.fixed) {
      Object.assign(box, span(drag.fixed, to));
    } else {
      box.x = clamp(drag.before.x + to[0] - drag.from[0], 0, 100 - box.width);
      box.y = clamp(drag.before.y + to[1] - drag.from[1], 0, 100 - box.height);
    }
    paint(view);
  });

  const end = () => {
    const box = boxes.get(view);
    if (drag && box && (box.width < least || box.height < least)) boxes.set(view, drag.before);
    drag = null;
    if (box) paint(view);
  };
  view.frame.addEventListener('pointerup', end);
  view.frame.addEventListener('pointercancel', end);
});

// While a box is drawn, dots are only looked at.
document.addEventListener('click', e => {
  const view = viewOf(dotOf(e.target) ?? near(e.target, '.cluster'));
  if (!view || !isDrawing(view)) return;
  e.stopImmediatePropagation();
  e.preventDefault();
}, true);
