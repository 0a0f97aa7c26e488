// Everything is on the server, so a page whose circuit is lost is simply loaded again, as soon as the server answers.
// Until then the page says what is known: that the browser is offline, that the server does not answer, or that it does
// and goes on writing. What is not known is not said.
import { ofTab } from '../dom.js';

const notice = document.getElementById('components-reconnect-modal');
const mark = 'molmo.refreshed';
const patience = 1500;   // milliseconds for a server to answer
const silence = 500;     // milliseconds without a change after which it is asked
const has = name => notice.classList.contains('components-reconnect-' + name);
const isPrivate = () => document.querySelector('[data-private-chat]') !== null;
let isLeaving = false;
let isAsking = false;

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

// The whole page shows it: an answer that is not being written must not look like it.
function tell(state) {
  if (state) notice.dataset.state = document.documentElement.dataset.server = state;
  else for (const element of [notice, document.documentElement]) {
    delete element.dataset.state;
    delete element.dataset.server;
  }
}

function say(name, milliseconds) {
  notice.dataset.say = name;
  setTimeout(() => { if (notice.dataset.say === name) delete notice.dataset.say; }, milliseconds);
}

async function answers(address, isGood) {
  try {
    return isGood(await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout(patience) }));
  } catch {
    return false;
  }
}

const isOk = path => answers(new URL(path, document.baseURI), ({ ok }) => ok);

const live = () => document.querySelector('[data-state="streaming"], [data-state="queued"]');

// Asks until the page is as it should be again; on the way it says what is.
async function ask() {
  if (isAsking || isLeaving) return;
  isAsking = true;
  let wasSaid = notice.dataset.state !== undefined;
  // A server that was away may be another one by now, which has interrupted what the first was writing.
  let wasAway = false;
  while (!isLeaving) {
    if (!navigator.onLine) {
      tell('offline');
      wasSaid = true;
    } else {
      const isThere = await isOk('health');
      if (isThere && !has('show')) break;
      wasAway ||= !isThere;
      const isWriting = isThere && !wasAway && live() && await isOk('ready');
      if (!navigator.onLine || isLeaving) continue;
      tell(!isThere ? 'away' : isWriting ? 'writing' : 'there');
      wasSaid = true;
    }
    await pause(500);
  }
  isAsking = false;
  if (isLeaving) return;
  tell(null);
  if (wasSaid) say('back', 4000);
}

async function reload() {
  if (isLeaving) return;
  isLeaving = true;
  while (!await answers(location.href, ({ status }) => status < 500)) {
    tell(navigator.onLine ? 'away' : 'offline');
    await pause(1000);
  }
  ofTab.write(mark, '1');
  location.reload();
}

// Whether the words of the refreshed page are true is for that page to see.
const isWhole = () => !isPrivate() && document.querySelector('main [data-testid="error"]') === null
  && document.querySelector('[data-testid="photo"]') !== null;

// A server that hangs closes nothing. While an answer is awaited and nothing of it comes, it is asked for a sign of
// life.
let seen = performance.now();

function watch() {
  if (document.visibilityState !== 'visible' || !live()) seen = performance.now();
  else if (performance.now() - seen > silence) {
    seen = performance.now();
    isOk('health').then(isThere => { if (!isThere) ask(); });
  }
}

if (notice) {
  if (ofTab.read(mark) && isWhole()) say('fresh', 6000);
  ofTab.write(mark, null);

  new MutationObserver(() => {
    if (has('failed') || has('rejected')) reload();
    else if (has('show')) ask();
  }).observe(notice, { attributes: true, attributeFilter: ['class'] });
  new MutationObserver(() => { seen = performance.now(); }).observe(
    document.body, { childList: true, characterData: true, subtree: true });
  addEventListener('offline', () => { tell('offline'); ask(); });
  addEventListener('online', () => ask());
  setInterval(watch, 250);
  if (!navigator.onLine) ask();
}
