// Many dots seen from afar become bubbles with a count; a click on one goes closer. A dot in a bubble stays in the
// page, so that the keyboard and a screen reader walk all of them. Numbers of many dots wait until there is room for
// them.
import { make, near, put } from '../dom.js';
import { plural } from '../texts.js';
import { largest, onViewer, viewOf } from '../views.js';

const many = 60;        // fewer are never put together
const closeUp = 3;      // from this zoom on each dot is seen
const reach = 56;       // pixels from the first dot of a bubble to the others
const least = 3;        // dots of a bubble
const numbersFrom = 2.5;

function gather(dots, [width, height]) {
  const cells = new Map();
  const bubbles = [];
  for (const dot of dots) {
    const [x, y] = [dot.dataset.x / 100 * width, dot.dataset.y / 100 * height];
    const [column, row] = [Math.floor(x / reach), Math.floor(y / reach)];
    let nearest = null;
    let distance = reach;
    for (let i = -1; i <= 1; i++) {
      for (let j = -1; j <= 1; j++) {
        for (const bubble of cells.get(`${column + i} ${row + j}`) ?? []) {
          const far = Math.hypot(bubble.x - x, bubble.y - y);
          if (far < distance) [nearest, distance] = [bubble, far];
        }
      }
    }
    if (nearest) {
      nearest.dots.push(dot);
      continue;
    }
    const bubble = { x, y, dots: [dot] };
    bubbles.push(bubble);
    const key = `${column} ${row}`;
    if (cells.has(key)) cells.get(key).push(bubble); else cells.set(key, [bubble]);
  }
  return bubbles.filter(bubble => bubble.dots.length >= least);
}

function ring(dots) {
  let from = 0;
  const arcs = [...Map.groupBy(dots, dot => dot.dataset.group)].map(([, { 0: first, length }]) => {
    const begin = from;
    from += length / dots.length * 360;
    const colour = [...first.classList].find(name => /^g\d$/.test(name))?.slice(1) ?? 1;
    return `var(--look-group-${colour}) ${begin}deg ${from}deg`;
  });
  return `conic-gradient(${arcs.join(', ')})`;
}

function paint(view) {
  const place = view.root.querySelector('[data-clusters]');
  if (!place) return;
  const all = view.dots;
  const isMany = all.length > many;
  view.root.toggleAttribute('data-many', isMany);
  const shown = all.filter(dot => !dot.hasAttribute('data-off'));
  const bubbles =
    shown.length > many && view.zoom < closeUp ? gather(shown, view.size.photo.map(side => side * view.zoom)) : [];
  const inside = new Set(bubbles.flatMap(bubble => bubble.dots));
  for (const dot of all) if (dot.hasAttribute('data-in') !== inside.has(dot)) dot.toggleAttribute('data-in');
  place.replaceChildren(...bubbles.map(({ dots }) => {
    const mean = name => dots.reduce((sum, dot) => sum + Number(dot.dataset[name]), 0) / dots.length;
    const [x, y] = [mean('x'), mean('y')];
    const label = plural(dots.length, '{0} point here. Zoom in.', '{0} points here. Zoom in.');
    const names = { class: 'cluster', 'data-testid': 'cluster', 'data-at': `${x} ${y}`, 'aria-label': label };
    const made = make('button', { ...names, type: 'button', tabindex: -1 }, make('b', {}, dots.length));
    put(made, { x, y });
    made.style.setProperty('--ring', ring(dots));
    made.style.setProperty('--size', 30 + Math.min(16, Math.sqrt(dots.length) * 2) + 'px');
    return made;
  }));
}

document.addEventListener('click', e => {
  const bubble = near(e.target, '.cluster');
  const view = viewOf(bubble);
  if (!view) return;
  const [x, y] = bubble.dataset.at.split(' ').map(Number);
  view.centreOn(x, y, Math.min(largest, Math.max(2, view.zoom * 2)));
});

onViewer(view => {
  let painted = 0;      // zoom
  let width = 0;
  let waiting = 0;
  const repaint = () => {
    waiting = 0;
    [painted, width] = [view.zoom, view.size.photo[0]];
    paint(view);
  };
  const soon = () => { waiting ||= requestAnimationFrame(repaint); };
  view.on('view', () => {
    view.root.toggleAttribute('data-near', view.zoom >= numbersFrom);
    // Only what changes distances on the screen changes bubbles; moving does not.
    if (width !== view.size.photo[0] || (painted !== view.zoom
      && (Math.abs(view.zoom / painted - 1) > 0.1 || !view.root.hasAttribute('data-moving')))) soon();
  });
  view.on('dots', soon);
  view.on('groups', soon);
  soon();
});
