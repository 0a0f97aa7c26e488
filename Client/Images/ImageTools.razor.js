// The buttons below the photo, hiding all dots, numbers, and the small map that says where one is when close up.
import { clamp, make, near, put } from '../dom.js';
import { onViewer, viewOf } from '../views.js';

const mapFrom = 1.5;
const held = 350;      // milliseconds from which pressing is holding, not clicking

export function hideDots(view, isHidden) {
  view.root.toggleAttribute('data-hidden', isHidden);
  view.root.querySelector('[data-hide]')?.setAttribute('aria-pressed', String(isHidden));
}

/** On or off against what is seen now; of many dots numbers are only seen from near. */
export function toggleNumbers(view) {
  view.root.dataset.numbers = areNumbersSeen(view) ? 'off' : 'on';
  paintNumbers(view);
}

function areNumbersSeen({ root }) {
  return root.dataset.numbers
    ? root.dataset.numbers === 'on'
    : !root.hasAttribute('data-many') || root.hasAttribute('data-near');
}

function paintNumbers(view) {
  view.root.querySelector('[data-numbers]')?.setAttribute('aria-pressed', String(areNumbersSeen(view)));
}

document.addEventListener('click', e => {
  const view = viewOf(near(e.target, '[data-tools] button'));
  if (!view) return;
  if (near(e.target, '[data-zoom-in]')) view.zoomBy(1.6);
  else if (near(e.target, '[data-zoom-out]')) view.zoomBy(1 / 1.6);
  else if (near(e.target, '[data-zoom-fit]')) view.fit();
  else if (near(e.target, '[data-numbers]')) toggleNumbers(view);
  // A key has pressed the button: there is no holding.
  else if (near(e.target, '[data-hide]') && e.detail === 0) hideDots(view, !view.root.hasAttribute('data-hidden'));
});

document.addEventListener('pointerdown', e => {
  const button = near(e.target, '[data-hide]');
  if (!button || e.button !== 0) return;
  const view = viewOf(button);
  const wasHidden = view.root.hasAttribute('data-hidden');
  const began = e.timeStamp;
  hideDots(view, !wasHidden);
  const end = up => {
    removeEventListener('pointerup', end, true);
    removeEventListener('pointercancel', end, true);
    if (up.timeStamp - began > held) hideDots(view, wasHidden);
  };
  addEventListener('pointerup', end, true);
  addEventListener('pointercancel', end, true);
});

function paintMap(view, map) {
  const isDeep = view.zoom > mapFrom;
  map.hidden = !isDeep;
  if (!isDeep) return;
  const source = view.photo.querySelector('img').src;
  let picture = map.querySelector('img');
  if (!picture) {
    picture = make('img', { alt: '', draggable: false });
    map.append(picture, make('i'));
  }
  if (picture.src !== source) picture.src = source;
  const { frame, photo } = view.size;
  const [x, y] = view.middle;
  const [width, height] = [0, 1].map(i => Math.min(100, frame[i] / (photo[i] * view.zoom) * 100));
  put(map.querySelector('i'),
    { x: clamp(x - width / 2, 0, 100 - width), y: clamp(y - height / 2, 0, 100 - height), width, height });
}

function moveByMap(view, e) {
  const box = view.root.querySelector('[data-map]').getBoundingClientRect();
  view.centreOn((e.clientX - box.left) / box.width * 100, (e.clientY - box.top) / box.height * 100, view.zoom, false);
}

onViewer(view => {
  const map = view.root.querySelector('[data-map]');
  map.addEventListener('pointerdown', e => {
    e.stopPropagation();   // the frame below would take it for a movement of the photo
    map.setPointerCapture(e.pointerId);
    moveByMap(view, e);
  });
  map.addEventListener('pointermove', e => { if (map.hasPointerCapture(e.pointerId)) moveByMap(view, e); });
  const refresh = () => {
    const percent = view.root.querySelector('[data-percent]');
    const text = Math.round(view.zoom * 100) + ' %';
    if (percent && percent.textContent !== text) percent.textContent = text;
    paintMap(view, map);
    paintNumbers(view);
  };
  view.on('view', refresh);
  view.on('dots', () => paintNumbers(view));
});
