// Everything is on the server, so a page whose circuit is lost is simply loaded again, as soon as the server answers.
// Until then the page says whether it does: only a server that answers goes on writing.
import { ofTab } from '../dom.js';

const notice = document.getElementById('components-reconnect-modal');
const mark = 'molmo.refreshed';
const has = name => notice.classList.contains('components-reconnect-' + name);
let wasAway = false;
let leaving = false;
let isAsking = false;

function say(name, milliseconds) {
  notice.dataset.say = name;
  setTimeout(() => { if (notice.dataset.say === name) delete notice.dataset.say; }, milliseconds);
}

const pause = () => new Promise(resolve => setTimeout(resolve, 1000));

// Seen by the whole page: an answer that is not being written must not look like it.
const tell = state => { document.documentElement.dataset.server = state; };

const stateNow =
  isThere => !isThere ? 'away' : document.querySelector('[data-state="streaming"]') ? 'writing' : 'there';

async function answers(address, isGood, patience) {
  try {
    return isGood(await fetch(address, { cache: 'no-store', signal: patience && AbortSignal.timeout(patience) }));
  } catch {
    return false;
  }
}

async function ask() {
  document.documentElement.dataset.server ??= 'there';
  if (isAsking) return;
  isAsking = true;
  while (has('show')) {
    const isThere = await answers(new URL('health', document.baseURI), ({ ok }) => ok, 3000);
    if (has('show')) tell(stateNow(isThere));
    await pause();
  }
  isAsking = false;
}

async function reload() {
  document.documentElement.dataset.server ??= 'there';
  if (leaving) return;
  leaving = true;
  while (!await answers(location.href, ({ status }) => status < 500)) {
    tell('away');
    await pause();
  }
  ofTab.write(mark, '1');
  location.reload();
}

if (notice) {
  if (ofTab.read(mark)) say('fresh', 6000);
  ofTab.write(mark, null);

  new MutationObserver(() => {
    if (has('failed') || has('rejected')) {
      reload();
    } else if (has('show')) {
      wasAway = true;
      ask();
    } else if (has('hide') && wasAway) {
      wasAway = false;
      delete document.documentElement.dataset.server;
      say('back', 4000);
    }
  }).observe(notice, { attributes: true, attributeFilter: ['class'] });
}
