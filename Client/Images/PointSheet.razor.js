// All points of the shown answer as a table that can be sorted and copied, and as a sheet of crops. Made from the dots
// when opened; the little pictures are the photo as it is loaded, placed by the background.
import { clamp, copy, make, near } from '../dom.js';
import { t } from '../texts.js';
import { allViews, onViewer, viewOf } from '../views.js';
import { goTo } from './PointOverlay.razor.js';

const around = 0.13;    // of the longer side of the photo, seen in a crop
const looks = /^(g\d|circle|square|diamond|triangle|pentagon|hexagon|cross|star)$/;
const percent = new Intl.NumberFormat(
  document.documentElement.lang + '-u-nu-latn', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function photoOf(view) {
  const photo = view.photo.querySelector('img');
  return { src: photo.src, width: Number(photo.getAttribute('width')), height: Number(photo.getAttribute('height')) };
}

function pointsOf(view) {
  const { width, height } = photoOf(view);
  return view.dots.map((dot, at) => ({
    dot, at, group: dot.dataset.group, n: Number(dot.dataset.n), name: dot.dataset.name || t('point'),
    label: dot.getAttribute('aria-label'),
    x: Number(dot.dataset.x), y: Number(dot.dataset.y),
    left: Math.round(dot.dataset.x / 100 * width), top: Math.round(dot.dataset.y / 100 * height),
  }));
}

function crop(view, point, size) {
  const { src, width, height } = photoOf(view);
  const scale = size / Math.min(Math.max(width, height) * around, Math.min(width, height));
  const look = [...point.dot.classList].filter(name => looks.test(name));
  const mark = make('i', { class: 'mark' });
  const made = make('i', { class: ['crop', ...look].join(' ') }, mark);
  // Kept within the photo; the mark says where in the crop the dot is.
  const offset = (place, side) => clamp(place / 100 * side * scale - size / 2, 0, Math.max(0, side * scale - size));
  const [left, top] = [offset(point.x, width), offset(point.y, height)];
  made.style.cssText = `width:${size}px;height:${size}px;`
    + `background-size:${width * scale}px ${height * scale}px;background-position:${-left}px ${-top}px`;
  made.style.backgroundImage = `url("${src}")`;
  mark.style.left = point.x / 100 * width * scale - left + 'px';
  mark.style.top = point.y / 100 * height * scale - top + 'px';
  return made;
}

const go = (point, ...content) => make(
  'button', { type: 'button', class: 'go', 'aria-label': point.label }, ...content);

function row(view, point) {
  const numbers = [percent.format(point.x), percent.format(point.y), point.left, point.top];
  return make('tr', { 'data-at': point.at },
    make('td', {}, go(point, crop(view, point, 44))), make('td', {}, point.n),
    make('td', { class: 'name' }, make('bdi', {}, point.name)), ...numbers.map(number => make('td', {}, number)));
}

function card(view, point) {
  const made = go(point, crop(view, point, 104), make('b', {}, point.n));
  made.dataset.at = point.at;
  made.title = point.label;
  return made;
}

function sorted(view, sheet) {
  const column = sheet.querySelector('[aria-sort]');
  const by = column.querySelector('[data-sort]').dataset.sort;
  const sign = column.getAttribute('aria-sort') === 'descending' ? -1 : 1;
  const compare = (a, b) => typeof a === 'string' ? a.localeCompare(b) : a - b;
  return pointsOf(view).sort((a, b) => compare(a[by], b[by]) * sign || a.at - b.at);
}

function fill(view, sheet) {
  const points = sorted(view, sheet);
  sheet.querySelector('[data-sheet-count]').textContent = points.length;
  // Only what is seen: a thousand crops take a while.
  const isTable = !sheet.querySelector('[data-pane="table"]').hidden;
  sheet.querySelector('[data-rows]').replaceChildren(...(isTable ? points.map(point => row(view, point)) : []));
  sheet.querySelector('[data-crops]').replaceChildren(...(isTable ? [] : points.map(point => card(view, point))));
}

// A spreadsheet takes what begins with one of these for a formula, and a label is written by a model that has read the
// photo.
const safe = text => (/^[\s]*[=+\-@]/.test(text) ? "'" : '') + text.replace(/[\t\r\n]+/g, ' ');

function tableText(view, sheet) {
  const heads = [...sheet.querySelectorAll('[data-sort]')].map(head => head.dataset.head);
  const rows = sorted(view, sheet)
    .map(point => [point.n, safe(point.name), point.x.toFixed(1), point.y.toFixed(1), point.left, point.top]);
  return [heads, ...rows].map(cells => cells.join('\t')).join('\n') + '\n';
}

async function copyTable(view, sheet, button) {
  const words = button.querySelector('[data-done]');
  const before = words.dataset.before ??= words.textContent;
  const isCopied = await copy(tableText(view, sheet), sheet);
  words.textContent = isCopied ? words.dataset.done : words.dataset.failed;
  button.classList.toggle('copied', isCopied);
  setTimeout(() => {
    words.textContent = before;
    button.classList.remove('copied');
  }, 2000);
}

function showAs(sheet, name) {
  for (const button of sheet.querySelectorAll('[data-as]'))
    button.setAttribute('aria-pressed', String(button.dataset.as === name));
  for (const pane of sheet.querySelectorAll('[data-pane]')) pane.hidden = pane.dataset.pane !== name;
}

document.addEventListener('click', e => {
  const opener = near(e.target, '[data-points]');
  // What opens it from an answer means the photo of the page.
  const sheet = opener
    ? (viewOf(opener) ?? allViews()[0])?.root.querySelector('[data-sheet]')
    : near(e.target, '[data-sheet]');
  const view = viewOf(sheet);
  if (!view) return;
  const head = near(e.target, '[data-sort]');
  const button = near(e.target, '[data-copy-table]');
  const chosen = near(e.target, '[data-at]');
  if (opener) {
    fill(view, sheet);
    sheet.showModal();
  } else if (near(e.target, '[data-sheet-close]') || e.target === sheet) {
    sheet.close();
  } else if (near(e.target, '[data-as]')) {
    showAs(sheet, near(e.target, '[data-as]').dataset.as);
    fill(view, sheet);
  } else if (button) {
    copyTable(view, sheet, button);
  } else if (head) {
    const column = head.closest('th');
    const isAgain = column.getAttribute('aria-sort') === 'ascending';
    for (const other of sheet.querySelectorAll('th[aria-sort]')) other.removeAttribute('aria-sort');
    column.setAttribute('aria-sort', isAgain ? 'descending' : 'ascending');
    fill(view, sheet);
  } else if (chosen) {
    const dot = view.dots[chosen.dataset.at];
    sheet.close();
    if (dot) goTo(view, dot, { zoom: Math.max(view.zoom, 3), isPinning: true });
  }
});

// Before anything else takes it: Escape closes this and stops no answer.
document.addEventListener('keydown', e => {
  const sheet = e.key === 'Escape' ? document.querySelector('[data-sheet][open]') : null;
  if (!sheet) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  sheet.close();
}, true);

// An answer that goes on while its points are looked at.
onViewer(view => view.on('dots', () => {
  const sheet = view.root.querySelector('[data-sheet][open]');
  if (sheet) fill(view, sheet);
}));
