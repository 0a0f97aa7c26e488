// Boxes are drawn, moved and sized here and read once, when the link is made: dragging cannot wait for the network.
import { drag, moved, pressed, sized, span } from '../boxes.js';
import { clamp, make, put } from '../dom.js';
import { t } from '../texts.js';

const smallest = 2;   // percent of a side

function place(element, box) {
  const [width, height] = [clamp(box.width, smallest, 100), clamp(box.height, smallest, 100)];
  element.box = moved({ ...box, width, height }, 0, 0);
  put(element, element.box);
}

function name(canvas) {
  for (const [index, element] of canvas.querySelectorAll('.blur-box').entries()) {
    const [left, top, width, height] = ['x', 'y', 'width', 'height'].map(side => Math.round(element.box[side]));
    element.setAttribute('aria-label',
      t('Hidden part {0}: left {1} percent, top {2} percent, {3} percent wide, {4} percent high', index + 1, left, top,
        width, height));
  }
}

function add(canvas, box) {
  const names =
    { class: 'blur-box', role: 'group', 'aria-roledescription': t('movable box'), 'data-testid': 'blur-box' };
  const element = make('div', { ...names, tabindex: 0 },
    make('i', { class: 'blur-grip' }),
    make('button', { type: 'button', class: 'blur-remove', 'aria-label': t('Remove this box'), tabindex: -1 }, '×'));
  canvas.append(element);
  place(element, box);
  name(canvas);
  return element;
}

function drop(element) {
  const figure = element.closest('figure');
  element.remove();
  name(figure.querySelector('[data-blur-canvas]'));
  figure.querySelector('[data-blur-add]').focus();
}

export function start(root) {
  root.addEventListener('pointerdown', e => {
    const canvas = e.target.closest('[data-blur-canvas]');
    if (!canvas || e.button !== 0 || e.target.closest('.blur-remove')) return;
    let element = e.target.closest('.blur-box');
    e.preventDefault();
    element?.focus();
    const before = element?.box;
    const change = !before ? null : e.target.closest('.blur-grip') ? sized : moved;
    drag(canvas, canvas, e, (from, to) => {
      const box = change?.(before, to[0] - from[0], to[1] - from[1], smallest) ?? span(from, to);
      if (!element && Math.max(box.width, box.height) < smallest) return;   // a press is no box
      element ??= add(canvas, box);
      place(element, box);
      element.focus();
    }, () => name(canvas));
  });

  root.addEventListener('click', e => {
    const canvas = e.target.closest('[data-blur-add]')?.closest('figure').querySelector('[data-blur-canvas]');
    if (canvas) add(canvas, { x: 37.5, y: 37.5, width: 25, height: 25 }).focus();
    const removing = e.target.closest('.blur-remove');
    if (removing) drop(removing.closest('.blur-box'));
  });

  root.addEventListener('keydown', e => {
    const element = e.target;
    if (!element.matches('.blur-box') || e.ctrlKey || e.metaKey || e.altKey) return;
    const box = pressed(element.box, e, 1, smallest);
    if (e.key === 'Delete' || e.key === 'Backspace') drop(element);
    else if (box) {
      place(element, box);
      name(element.parentElement);
    } else return;
    e.preventDefault();
  });
}

export function read(root) {
  const round = value => Math.round(value * 100) / 100;
  return [...root.querySelectorAll('.blur-box')].map(element => {
    const { x, y, width, height } = element.box;
    const image = element.closest('[data-blur]').dataset.blur;
    return { image, x: round(x), y: round(y), width: round(width), height: round(height) };
  });
}
