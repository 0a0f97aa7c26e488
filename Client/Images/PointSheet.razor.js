// All points of the shown answer as a table that can be sorted and copied, and as a sheet of crops. Made from the dots when
// opened; the little pictures are the photo as it is loaded, placed by the background.
import { t } from '../texts.js';
import { onViewer, viewOf } from './PhotoFrame.razor.js';
import { goTo } from './PointOverlay.razor.js';

const around = 0.13;    // of the longer side of the photo, seen in a crop
const percent = new Intl.NumberFormat(document.documentElement.lang + '-u-nu-latn', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const near = (target, selector) => target instanceof Element ? target.closest(selector) : null;

function pointsOf(view) {
  const photo = view.photo.querySelector('img');
  const [width, height] = [Number(photo.getAttribute('width')), Number(photo.getAttribute('height'))];
  return view.dots.map((dot, at) => ({
    dot, at, group: dot.dataset.group, n: Number(dot.dataset.n), name: dot.dataset.name || t('point'), label: dot.getAttribute('aria-label'),
    x: Number(dot.dataset.x), y: Number(dot.dataset.y),
    left: Math.round(dot.dataset.x / 100 * width), top: Math.round(dot.dataset.y / 100 * height),
  }));
}

function crop(view, point, size) {
  const photo = view.photo.querySelector('img');
  const [width, height] = [Number(photo.getAttribute('width')), Number(photo.getAttribute('height'))];
  const scale = size / Math.min(Math.max(width, height) * around, Math.min(width, height));
  const made = document.createElement('i');
  made.className = `crop ${[...point.dot.classList].filter(name => /^(g\d|circle|square|diamond|leaf|drop)$/.test(name)).join(' ')}`;
  // Kept within the photo; the mark says where in the crop the dot is.
  const offset = (place, side) => Math.min(Math.max(0, side * scale - size), Math.max(0, place / 100 * side * scale - size / 2));
  const [left, top] = [offset(point.x, width), offset(point.y, height)];
  made.style.cssText = `width:${size}px;height:${size}px;background-size:${width * scale}px ${height * scale}px;background-position:${-left}px ${-top}px`;
  made.style.backgroundImage = `url("${photo.src}")`;
  const mark = document.createElement('i');
  mark.className = 'mark';
  mark.style.left = point.x / 100 * width * scale - left + 'px';
  mark.style.top = point.y / 100 * height * scale - top + 'px';
  made.append(mark);
  return made;
}

const cell = (text, name) => {
  const made = document.createElement('td');
  made.textContent = text;
  if (name) made.className = name;
  return made;
};

function row(view, point) {
  const made = document.createElement('tr');
  const picture = document.createElement('td');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'go';
  button.setAttribute('aria-label', point.label);
  button.append(crop(view, point, 44));
  picture.append(button);
  const name = cell('', 'name');
  const label = document.createElement('bdi');
  label.textContent = point.name;
  name.append(label);
  made.append(picture, cell(point.n), name, cell(percent.format(point.x)), cell(percent.format(point.y)), cell(point.left), cell(point.top));
  made.dataset.at = point.at;
  return made;
}

function card(view, point) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'go';
  made.dataset.at = point.at;
  made.title = point.label;
  made.setAttribute('aria-label', point.label);
  const number = document.createElement('b');
  number.textContent = point.n;
  made.append(crop(view, point, 104), number);
  return made;
}

function sorted(view, sheet) {
  const by = sheet.querySelector('[aria-sort] [data-sort]').dataset.sort;
  const isDown = sheet.querySelector('[aria-sort]').getAttribute('aria-sort') === 'descending';
  const points = pointsOf(view);
  points.sort((a, b) => (typeof a[by] === 'string' ? a[by].localeCompare(b[by]) : a[by] - b[by]) * (isDown ? -1 : 1) || a.at - b.at);
  return points;
}

function fill(view, sheet) {
  const points = sorted(view, sheet);
  sheet.querySelector('[data-sheet-count]').textContent = points.length;
  // Only what is seen: a thousand crops take a while.
  const isTable = !sheet.querySelector('[data-pane="table"]').hidden;
  sheet.querySelector('[data-rows]').replaceChildren(...(isTable ? points.map(point => row(view, point)) : []));
  sheet.querySelector('[data-crops]').replaceChildren(...(isTable ? [] : points.map(point => card(view, point))));
}

// A spreadsheet takes what begins with one of these for a formula, and a label is written by a model that has read the photo.
const safe = text => (/^[\s]*[=+\-@]/.test(text) ? "'" : '') + text.replace(/[\t\r\n]+/g, ' ');

function tableText(view, sheet) {
  const heads = [...sheet.querySelectorAll('[data-sort]')].map(head => head.dataset.head);
  const rows = sorted(view, sheet).map(point => [point.n, safe(point.name), point.x.toFixed(1), point.y.toFixed(1), point.left, point.top]);
  return [heads, ...rows].map(cells => cells.join('\t')).join('\n') + '\n';
}

async function copy(text, sheet) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http from another machine has no clipboard interface: select and copy the old way, inside the dialog, which holds the focus.
    const box = document.createElement('textarea');
    box.value = text;
    box.className = 'unseen';
    sheet.append(box);
    box.select();
    try { return document.execCommand('copy'); } finally { box.remove(); }
  }
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
  for (const button of sheet.querySelectorAll('[data-as]')) button.setAttribute('aria-pressed', String(button.dataset.as === name));
  for (const pane of sheet.querySelectorAll('[data-pane]')) pane.hidden = pane.dataset.pane !== name;
}

document.addEventListener('click', e => {
  const opener = near(e.target, '[data-points]');
  const sheet = opener ? viewOf(opener)?.root.querySelector('[data-sheet]') : near(e.target, '[data-sheet]');
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
