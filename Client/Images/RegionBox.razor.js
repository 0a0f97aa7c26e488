// A part of the photo to ask about: a box drawn, moved and sized by pointer or keys. What is taken goes to the page's
// component, which keeps it until the question is asked.
import { drag, moved, pressed, span } from '../boxes.js';
import { clamp, complain, near, put } from '../dom.js';
import { t } from '../texts.js';
import { dotOf, onViewer, viewOf } from '../views.js';

const least = 3;      // percent of a side; smaller is a slip of the hand
const step = 2;       // percent a key moves
let page = null;      // the component, once connected

const boxes = new WeakMap();   // view -> box while one is drawn

export const isDrawing = view => boxes.has(view);

export function connect(component) { page = component; }

export function disconnect(component) {
  if (page === component) page = null;
}

function begin(view) {
  if (!view.root.querySelector('[data-region]')) return;
  const pending = view.root.querySelector('[data-pending]')?.dataset.pending.split(' ').map(Number);
  const [x, y] = view.middle;
  // What is seen, a little smaller; or the part that is chosen already.
  const [width, height] = view.size.frame.map((side, i) => Math.min(60, side / (view.size.photo[i] * view.zoom) * 60));
  const [left, top, w, h] =
    pending ?? [clamp(x - width / 2, 0, 100 - width), clamp(y - height / 2, 0, 100 - height), width, height];
  change(view, { x: left, y: top, width: w, height: h });
  view.root.querySelector('[data-box]').focus({ preventScroll: true });
}

function leave(view) {
  boxes.delete(view);
  paint(view);
}

function leaveToTool(view) {
  leave(view);
  view.root.querySelector('[data-region-tool]').focus();
}

function change(view, box) {
  boxes.set(view, box);
  paint(view);
}

function paint(view) {
  const box = boxes.get(view);
  view.root.toggleAttribute('data-drawing', box !== undefined);
  view.root.querySelector('[data-region-tool]')?.setAttribute('aria-pressed', String(box !== undefined));
  const region = view.root.querySelector('[data-region]');
  region.hidden = box === undefined;
  if (box) put(region.querySelector('[data-box]'), box);
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
    complain(t('The page is not connected to the server at the moment. Try again when it is back.'));
  }
}

document.addEventListener('click', e => {
  const view = viewOf(near(e.target, '[data-region-tool], [data-region-take], [data-region-leave]'));
  if (!view) return;
  if (near(e.target, '[data-region-take]')) take(view);
  else if (near(e.target, '[data-region-leave]') || isDrawing(view)) leaveToTool(view);
  else begin(view);
});

document.addEventListener('viewer:ask', e => tell('AskAbout', Number(e.detail.dataset.x), Number(e.detail.dataset.y)));

document.addEventListener('keydown', e => {
  const view = viewOf(document.activeElement);
  if (!view || !isDrawing(view)) return;
  const inBox = document.activeElement.matches('[data-box]');
  const box = inBox && pressed(boxes.get(view), e, step, least);
  if (e.key === 'Escape') leaveToTool(view);
  else if (e.key === 'Enter' && inBox) take(view);
  else if (box) change(view, box);
  else return;
  e.preventDefault();
  e.stopImmediatePropagation();
}, true);

// Drawn anew from anywhere, moved from inside, sized at a corner. The opposite corner stays.
onViewer(view => view.frame.addEventListener('pointerdown', e => {
  if (e.button !== 0 || !isDrawing(view) || near(e.target, '[data-map]')) return;
  e.preventDefault();
  const before = boxes.get(view);
  const edge = near(e.target, '[data-edge]')?.dataset.edge;
  const corner = edge && [edge.includes('w') ? before.x + before.width : before.x,
    edge.includes('n') ? before.y + before.height : before.y];
  const isMoving = !edge && near(e.target, '[data-box]');
  drag(view.frame, view.photo, e, (from, to) => {
    if (isDrawing(
      view)) change(view, isMoving ? moved(before, to[0] - from[0], to[1] - from[1]) : span(corner ?? from, to));
  }, () => {
    const box = boxes.get(view);
    if (box && (box.width < least || box.height < least)) change(view, before);
  });
  view.root.querySelector('[data-box]').focus({ preventScroll: true });
}));

// While a box is drawn, dots are only looked at.
document.addEventListener('click', e => {
  const view = viewOf(dotOf(e.target) ?? near(e.target, '.cluster'));
  if (!view || !isDrawing(view)) return;
  e.stopImmediatePropagation();
  e.preventDefault();
}, true);
