// Times of day and dates as the reader's own clock has them. The server does not know where its readers are and writes
// UTC into <time datetime="..." data-local="moment">; without this script it stays so.
import { locale } from './texts.js';

const day = { day: 'numeric', month: 'long' };
const form = parts => new Intl.DateTimeFormat(locale === 'en-u-nu-latn' ? 'en-GB' : locale, parts);
const forms = {
  day: form(day),
  date: form({ ...day, year: 'numeric' }),
  moment: form({ ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
};

function write(time) {
  const at = new Date(time.dateTime);
  const words = Number.isNaN(at.getTime()) ? undefined : forms[time.dataset.local]?.format(at);
  if (words === undefined || time.textContent === words) return;
  // The text node stays: a page with a circuit goes on to change the one it made.
  if (time.firstChild instanceof Text && time.childNodes.length === 1) time.firstChild.data = words;
  else time.textContent = words;
}

function look(node) {
  const around = (node instanceof Element ? node : node.parentElement)?.closest('time[data-local]');
  if (around) write(around);
  else if (node instanceof Element) node.querySelectorAll('time[data-local]').forEach(write);
}

look(document.documentElement);
new MutationObserver(changes => {
  for (const { type, target, addedNodes } of changes) {
    if (type !== 'childList' || target.closest('time[data-local]')) look(target);
    else addedNodes.forEach(look);
  }
}).observe(document.body, {
  childList: true, characterData: true, attributes: true, attributeFilter: ['datetime', 'data-local'], subtree: true,
});
