// Boxes on a photo, drawn, moved and sized by pointer and keys, as { x, y, width, height } in percent of the photo.
import { clamp } from './dom.js';

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** From one corner to the opposite one. */
export const span = ([x1, y1], [x2, y2]) =>
  ({ x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x1 - x2), height: Math.abs(y1 - y2) });

/** The same box elsewhere, within the photo. */
export const moved = (box, dx, dy) =>
  ({ ...box, x: clamp(box.x + dx, 0, 100 - box.width), y: clamp(box.y + dy, 0, 100 - box.height) });

/** The same box with its last corner elsewhere, within the photo and not smaller than allowed. */
export const sized = (box, dx, dy, least) =>
  ({ ...box, width: clamp(box.width + dx, least, 100 - box.x), height: clamp(box.height + dy, least, 100 - box.y) });

/** What a key makes of a box: arrows move it, with Shift they size it; nothing for another key. */
export function pressed(box, e, step, least) {
  const by = arrows[e.key]?.map(part => part * step);
  return by && (e.shiftKey ? sized(box, ...by, least) : moved(box, ...by));
}

/** Follows the pointer that went down: move(from, to) with places in percent of an element, then end(). */
export function drag(frame, of, e, move, end) {
  const at = ({ clientX, clientY }) => {
    const around = of.getBoundingClientRect();
    return [(clientX - around.left) / around.width * 100, (clientY - around.top) / around.height * 100]
      .map(part => clamp(part, 0, 100));
  };
  const from = at(e);
  const over = new AbortController();
  const on = (name, what) => frame.addEventListener(name, what, { signal: over.signal });
  on('pointermove', event => move(from, at(event)));
  for (const name of ['pointerup', 'pointercancel']) on(name, () => { over.abort(); end(); });
  frame.setPointerCapture(e.pointerId);
}
