import { t } from '../texts.js';

// Boxes are drawn, moved and sized here and read once, when the link is made: dragging cannot wait for the network.
// Each box keeps its place in percent of the photo: left, top, width, height.
const smallest = 2;
const clamp = (value, low, high) => Math.max(low, Math.min(value, high));
const round = value => Math.round(value * 100) / 100;

function place(box, left, top, width, height) {
  width = clamp(width, smallest, 100);
  height = clamp(height, smallest, 100);
  left = clamp(left, 0, 100 - width);
  top = clamp(top, 0, 100 - height);
  box.place = [left, top, width, height];
  Object.assign(box.style, { left: left + '%', top: top + '%', width: width + '%', height: height + '%' });
}

function name(canvas) {
  [...canvas.querySelectorAll('.blur-box')].forEach((box, index) => {
    const [left, top, width, height] = box.place.map(Math.round);
    box.setAttribute('aria-label', t('Hidden part {0}: left {1} percent, top {2} percent, {3} percent wide, {4} percent high', index + 1, left, top, width, height));
  });
}

function add(canvas, ...place4) {
  const box = document.createElement('div');
  box.className = 'blur-box';
  box.tabIndex = 0;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-roledescription', t('movable box'));
  box.dataset.testid = 'blur-box';
  const grip = document.createElement('i');
  grip.className = 'blur-grip';
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.className = 'blur-remove';
  remove.textContent = '×';
  remove.setAttribute('aria-label', t('Remove this box'));
  remove.tabIndex = -1;
  box.append(grip, remove);
  canvas.append(box);
  place(box, ...place4);
  name(canvas);
  return box;
}

function drop(box) {
  const figure = box.closest('figure');
  box.remove();
  name(figure.querySelector('[data-blur-canvas]'));
  figure.querySelector('[data-blur-add]').focus();
}

function drag(canvas, e, move) {
  const frame = canvas.getBoundingClientRect();
  const at = event => [clamp((event.clientX - frame.left) / frame.width * 100, 0, 100), clamp((event.clientY - frame.top) / frame.height * 100, 0, 100)];
  const from = at(e);
  const on = event => move(from, at(event));
  const end = () => {
    canvas.removeEventListener('pointermove', on);
    canvas.removeEventListener('pointerup', end);
    canvas.removeEventListener('pointercancel', end);
    name(canvas);
  };
  canvas.setPointerCapture(e.pointerId);
  canvas.addEventListener('pointermove', on);
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
}

export function start(root) {
  root.addEventListener('pointerdown', e => {
    const canvas = e.target.closest('[data-blur-canvas]');
    if (!canvas || e.button !== 0 || e.target.closest('.blur-remove')) return;
    const box = e.target.closest('.blur-box');
    e.preventDefault();
    if (!box) {
      let drawn = null;
      drag(canvas, e, ([x, y], [toX, toY]) => {
        const [width, height] = [Math.abs(toX - x), Math.abs(toY - y)];
        if (!drawn && Math.max(width, height) < smallest) return;   // a press is no box
        drawn ??= add(canvas, x, y, smallest, smallest);
        place(drawn, Math.min(x, toX), Math.min(y, toY), width, height);
        drawn.focus();
      });
      return;
    }
    box.focus();
    const [left, top, width, height] = box.place;
    const isGrip = e.target.closest('.blur-grip');
    drag(canvas, e, ([x, y], [toX, toY]) => isGrip
      ? place(box, left, top, Math.min(width + toX - x, 100 - left), Math.min(height + toY - y, 100 - top))
      : place(box, left + toX - x, top + toY - y, width, height));
  });

  root.addEventListener('click', e => {
    const adding = e.target.closest('[data-blur-add]');
    if (adding) add(adding.closest('figure').querySelector('[data-blur-canvas]'), 37.5, 37.5, 25, 25).focus();
    const removing = e.target.closest('.blur-remove');
    if (removing) drop(removing.closest('.blur-box'));
  });

  root.addEventListener('keydown', e => {
    const box = e.target.closest('.blur-box');
    if (!box || e.target !== box || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === 'Delete' || e.key === 'Backspace') {
      e.preventDefault();
      drop(box);
      return;
    }
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (!by) return;
    e.preventDefault();
    const [left, top, width, height] = box.place;
    if (e.shiftKey) place(box, left, top, Math.min(width + by[0], 100 - left), Math.min(height + by[1], 100 - top));
    else place(box, left + by[0], top + by[1], width, height);
    name(box.parentElement);
  });
}

export function read(root) {
  return [...root.querySelectorAll('.blur-box')].map(box => {
    const [x, y, width, height] = box.place.map(round);
    return { image: box.closest('[data-blur]').dataset.blur, x, y, width, height };
  });
}
