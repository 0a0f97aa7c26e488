// Everything is on the server, so a page whose circuit is lost is simply loaded again, as soon as the server answers. Until
// then the page says whether it does: only a server that answers goes on writing.
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

const stateNow = isThere => !isThere ? 'away' : document.querySelector('[data-state="streaming"]') ? 'writing' : 'there';

async function answers() {
  try {
    const answer = await fetch(new URL('health', document.baseURI), { cache: 'no-store', signal: AbortSignal.timeout(3000) });
    return answer.ok;
  } catch {
    return false;
  }
}

async function ask() {
  document.documentElement.dataset.server ??= 'there';
  if (isAsking) return;
  isAsking = true;
  while (has('show')) {
    const isThere = await answers();
    if (has('show')) tell(stateNow(isThere));
    await pause();
  }
  isAsking = false;
}

async function reload() {
  document.documentElement.dataset.server ??= 'there';
  if (leaving) return;
  leaving = true;
  for (;;) {
    try {
      const answer = await fetch(location.href, { method: 'GET', cache: 'no-store' });
      if (answer.status < 500) break;
    } catch {
      // Still away.
    }
    tell('away');
    await pause();
  }
  try { sessionStorage.setItem(mark, '1'); } catch { /* storage is switched off: the notice is left out */ }
  location.reload();
}

if (notice) {
  try {
    if (sessionStorage.getItem(mark)) {
      sessionStorage.removeItem(mark);
      say('fresh', 6000);
    }
  } catch { /* storage is switched off */ }

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
