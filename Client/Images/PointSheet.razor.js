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

// What a person found lies in a layer of its own: a mark for each dot looked at, and one for each that was missed.
function pointsOf(view) {
  const { width, height } = photoOf(view);
  const found = [...view.photo.querySelectorAll('[data-verdict]')];
  const marks = new Map(found.map(mark => [mark.dataset.of, mark]));
  const names = new Map(view.dots.map(dot => [dot.dataset.group, dot.dataset.name]));
  const placed = (point, x, y) => ({
    ...point, x, y, left: Math.round(x / 100 * width), top: Math.round(y / 100 * height),
  });
  const given = view.dots.map((dot, at) => {
    const { group, n, name, x, y } = dot.dataset;
    const mark = marks.get(`${group} ${n}`);
    const label = (mark ?? dot).getAttribute('aria-label');
    return placed(
      { at, n: Number(n), name: name || t('point'), label, verdict: mark?.dataset.verdict,
        look: [...dot.classList].filter(word => looks.test(word)) }, Number(x), Number(y));
  });
  const missed = found.filter(mark => mark.dataset.verdict === 'missed').map((mark, i) => placed(
    { at: given.length + i, n: '', name: names.get(mark.dataset.of) || t('point'),
      label: mark.getAttribute('aria-label'), verdict: 'missed', look: ['person', 'circle'] },
    parseFloat(mark.style.left), parseFloat(mark.style.top)));
  return [...given, ...missed];
}

function crop(view, point, size) {
  const { src, width, height } = photoOf(view);
  const scale = size / Math.min(Math.max(width, height) * around, Math.min(width, height));
  const mark = make('i', { class: 'mark' });
  const made = make('i', { class: ['crop', ...point.look].join(' ') }, mark);
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

function said(view, { verdict }) {
  const mark = verdict && view.root.querySelector(`[data-said-marks] > [data-said="${verdict}"]`);
  return mark ? [mark.cloneNode(true)] : [];
}

// What a person added is no dot that one could go to.
const go = (view, point, ...content) => point.verdict === 'missed'
  ? make('span', { class: 'go', role: 'img', 'aria-label': point.label }, ...content, ...said(view, point))
  : make('button', { type: 'button', class: 'go', 'aria-label': point.label }, ...content, ...said(view, point));

// The handles of what is pressed, and of how it looks.
function handle(made, { at, verdict }) {
  if (verdict === 'wrong') made.classList.add('wrong');
  if (verdict !== 'missed') made.dataset.at = at;
  return made;
}

function row(view, point) {
  const numbers = [percent.format(point.x), percent.format(point.y), point.left, point.top];
  return handle(make('tr', {},
    make('td', {}, go(view, point, crop(view, point, 44))), make('td', {}, point.n),
    make('td', { class: 'name' }, make('bdi', {}, point.name)),
    ...numbers.map(number => make('td', {}, number))), point);
}

function card(view, point) {
  const number = point.verdict === 'missed' ? [] : [make('b', {}, point.n)];
  const made = handle(go(view, point, crop(view, point, 104), ...number), point);
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
  // The same count as everywhere: what a person found wrong is none.
  sheet.querySelector('[data-sheet-count]').textContent = points.filter(point => point.verdict !== 'wrong').length;
  // Only what is seen: a thousand crops take a while.
  const isTable = !sheet.querySelector('[data-pane="table"]').hidden;
  sheet.querySelector('[data-rows]').replaceChildren(...(isTable ? points.map(point => row(view, point)) : []));
  sheet.querySelector('[data-crops]').replaceChildren(...(isTable ? [] : points.map(point => card(view, point))));
}

// A spreadsheet takes what begins with one of these for a formula, and a label is written by a model that has read the
// photo.
const safe = text => (/^[\s]*[=+\-@]/.test(text) ? "'" : '') + text.replace(/[\t\r\n]+/g, ' ');

function tableText(view, sheet) {
  const points = sorted(view, sheet);
  const isChecked = points.some(point => point.verdict);
  const heads = [...[...sheet.querySelectorAll('[data-sort]')].map(head => head.dataset.head),
    ...(isChecked ? ['Check'] : [])];
  const rows = points.map(point => [point.n, safe(point.name), point.x.toFixed(1), point.y.toFixed(1), point.left,
    point.top, ...(isChecked ? [point.verdict ?? ''] : [])]);
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
