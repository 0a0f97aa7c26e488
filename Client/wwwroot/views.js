// Zoom and pan of a photo. In the browser, because a photo under a finger cannot wait for the network; nothing here
// knows of a circuit, so that a shared page works the same. One view for each [data-viewer] element:
//
//   const view = viewOf(node)                the view around a node, null where there is none
//   view.zoom, view.x, view.y                times the fitted size; offset of the photo's middle from the frame's, in
//   CSS pixels view.zoomTo(4, { at: [clientX, clientY] }), view.panBy(dx, dy), view.fit(), view.centre(dot, 4)
//   view.select(dot)                         the dot that is spoken of; null for none
//   view.on(name, f)                         'view' after it moved, 'select' after select, 'dots' after dots came or
//                                            went,
//                                            'groups' after groups were hidden or shown
//   onViewer(f)                              f(view) for each viewer there is and will be

import { clamp, near } from './dom.js';

export const largest = 16;
export const isStill = matchMedia('(prefers-reduced-motion: reduce)');
const step = 180;   // milliseconds of a smooth movement

const views = new WeakMap();
const followers = [];

export function viewOf(node) {
  const root = near(node, '[data-viewer]');
  return root ? views.get(root) ?? begin(root) : null;
}

export const dotOf = node => near(node, '.dot');

/**
 * What a key means for shortcuts: on a keyboard whose letters are not Latin, what stands at its place on one that is.
 */
export const keyOf = e => !/^\p{L}$/u.test(e.key) || /^\p{Script=Latin}$/u.test(e.key) ? e.key
  : /^Key[A-Z]$/.test(e.code) ? e.code[3].toLowerCase() : { BracketLeft: '[', BracketRight: ']' }[e.code] ?? e.key;

function middleOf(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [left + width / 2, top + height / 2];
}

/** Views in the order of the page. */
export const allViews = () => [...document.querySelectorAll('[data-viewer]')].map(viewOf);

export function onViewer(follower) {
  followers.push(follower);
  for (const root of document.querySelectorAll('[data-viewer]')) if (views.has(root)) follower(views.get(root));
}

function begin(root) {
  const view = new View(root);
  views.set(root, view);
  for (const follower of followers) follower(view);
  return view;
}

class View {
  zoom = 1;
  x = 0;
  y = 0;
  selected = null;
  #listeners = {};
  #size = null;
  #frameRequest = 0;
  #goal = null;

  constructor(root) {
    this.root = root;
    this.frame = root.querySelector('[data-frame]');
    this.photo = root.querySelector('[data-photo]');
    new ResizeObserver(() => { this.#size = null; this.#place(); }).observe(this.frame);
    new MutationObserver(changes => this.#changed(changes)).observe(root, {
      subtree: true, childList: true, attributes: true, attributeFilter: ['data-picture', 'data-n'],
    });
  }

  get dots() { return [...this.root.querySelectorAll('.dot')]; }

  /** Frame and photo at fit, in CSS pixels. */
  get size() {
    if (this.#size) return this.#size;
    const frame = this.frame.getBoundingClientRect();
    const photo = this.photo.getBoundingClientRect();
    return this.#size =
      { frame: [frame.width, frame.height], photo: [photo.width / this.#drawn, photo.height / this.#drawn] };
  }

  #drawn = 1;   // the zoom that the layout has now

  on(name, listener) { (this.#listeners[name] ??= []).push(listener); }

  tell(name) { for (const listener of this.#listeners[name] ?? []) listener(this); }

  fit(isSmooth = true) { this.#go(1, 0, 0, isSmooth); }

  panBy(dx, dy, isSmooth = false) {
    const from = this.#goal ?? this;
    this.#go(from.zoom, from.x + dx, from.y + dy, isSmooth);
  }

  /**
   * @param at a place on the screen that stays where it is; without it the chosen dot, or the middle where that is out
   * of sight.
   */
  zoomTo(zoom, { at = null, isSmooth = true } = {}) {
    const from = isSmooth && this.#goal || this;
    const box = this.frame.getBoundingClientRect();
    if (!at && this.selected && this.sees(this.selected)) at = middleOf(this.selected);
    const [ax, ay] = at ? [at[0] - box.left - box.width / 2, at[1] - box.top - box.height / 2] : [0, 0];
    const to = clamp(zoom, 1, largest);
    this.#go(to, ax - (ax - from.x) * to / from.zoom, ay - (ay - from.y) * to / from.zoom, isSmooth);
  }

  /** Zooms by a factor, on from where a movement under way will end. */
  zoomBy(factor, options) { this.zoomTo((this.#goal ?? this).zoom * factor, options); }

  centre(dot, zoom = this.zoom, isSmooth = true) {
    this.centreOn(Number(dot.dataset.x), Number(dot.dataset.y), zoom, isSmooth);
  }

  /** @param x percent of the photo's width @param y percent of its height */
  centreOn(x, y, zoom = this.zoom, isSmooth = true) {
    const to = clamp(zoom, 1, largest);
    const [width, height] = this.size.photo;
    this.#go(to, (0.5 - x / 100) * width * to, (0.5 - y / 100) * height * to, isSmooth);
  }

  /** Percent of the photo in the middle of the frame. */
  get middle() {
    const [width, height] = this.size.photo;
    return [50 - this.x / (width * this.zoom) * 100, 50 - this.y / (height * this.zoom) * 100];
  }

  /** Percent of the photo at a place on the screen. */
  percentAt(clientX, clientY) {
    const box = this.photo.getBoundingClientRect();
    return [(clientX - box.left) / box.width * 100, (clientY - box.top) / box.height * 100];
  }

  /** Whether a dot is within the frame. */
  sees(dot) {
    const box = this.frame.getBoundingClientRect();
    const [x, y] = middleOf(dot);
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  }

  select(dot) {
    if (this.selected === dot) return;
    this.selected?.removeAttribute('data-selected');
    this.selected = dot;
    dot?.setAttribute('data-selected', '');
    this.tell('select');
  }

  #changed(changes) {
    if (changes.some(change => change.attributeName === 'data-picture')) {
      this.#size = null;
      this.select(null);
      this.fit(false);
    }
    const isDots = change => change.attributeName === 'data-n'
      || change.type === 'childList' && (change.target.matches?.('[data-dots]')
        || [...change.addedNodes, ...change.removedNodes].some(node => node.matches?.('[data-dots]')));
    if (!changes.some(isDots)) return;
    if (this.selected && !this.selected.isConnected) this.select(null);
    this.tell('dots');
  }

  // Not so far that the photo is lost; a little beyond its edge, so that dots near it come away from the frame's.
  #within(zoom, x, y) {
    const { frame, photo } = this.size;
    const limit = [0, 1].map(i =>
      Math.max(0, (photo[i] * zoom - frame[i]) / 2) + Math.min(1, zoom - 1) * Math.min(frame[i], photo[i] * zoom) / 4);
    return [clamp(x, -limit[0], limit[0]), clamp(y, -limit[1], limit[1])];
  }

  #go(zoom, x, y, isSmooth) {
    [x, y] = this.#within(zoom, x, y);
    const isAtOnce = !isSmooth || isStill.matches;
    this.#goal =
      isAtOnce ? null : { zoom, x, y, from: { zoom: this.zoom, x: this.x, y: this.y }, began: performance.now() };
    if (isAtOnce) [this.zoom, this.x, this.y] = [zoom, x, y];
    this.#request();
  }

  #request() { this.#frameRequest ||= requestAnimationFrame(now => this.#draw(now)); }

  #draw(now) {
    this.#frameRequest = 0;
    const goal = this.#goal;
    if (goal) {
      const t = clamp((now - goal.began) / step, 0, 1);
      const eased = 1 - (1 - t) ** 3;
      const zoom = goal.from.zoom * (goal.zoom / goal.from.zoom) ** eased;
      // Offsets go along with the zoom: then the place that was zoomed at stays still all the way.
      const share = goal.zoom === goal.from.zoom ? eased : (zoom - goal.from.zoom) / (goal.zoom - goal.from.zoom);
      this.zoom = t === 1 ? goal.zoom : zoom;
      this.x = goal.from.x + (goal.x - goal.from.x) * share;
      this.y = goal.from.y + (goal.y - goal.from.y) * share;
      if (t === 1) this.#goal = null; else this.#request();
    }
    this.#place();
  }

  #place() {
    [this.x, this.y] = this.#within(this.zoom, this.x, this.y);
    if (this.#drawn !== this.zoom) this.photo.style.setProperty('--z', this.zoom);
    this.#drawn = this.zoom;
    // Whole device pixels keep the photo sharp.
    const round = value => Math.round(value * devicePixelRatio) / devicePixelRatio;
    this.photo.style.transform = this.zoom === 1 ? '' : `translate(${round(this.x)}px, ${round(this.y)}px)`;
    this.root.toggleAttribute('data-zoomed', this.zoom > 1);
    this.root.toggleAttribute('data-moving', this.#goal !== null);
    this.root.dataset.zoom = this.zoom.toFixed(2);
    this.tell('view');
  }
}

new MutationObserver(() => { for (const root of document.querySelectorAll('[data-viewer]')) viewOf(root); })
  .observe(document.documentElement, { childList: true, subtree: true });
queueMicrotask(() => allViews());
