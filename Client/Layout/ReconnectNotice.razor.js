// Everything is on the server, so a page whose circuit is lost is simply loaded again, as soon as the server answers.
const notice = document.getElementById('components-reconnect-modal');
const mark = 'molmo.refreshed';
const has = name => notice.classList.contains('components-reconnect-' + name);
let wasAway = false;
let leaving = false;

function say(name, milliseconds) {
  notice.dataset.say = name;
  setTimeout(() => { if (notice.dataset.say === name) delete notice.dataset.say; }, milliseconds);
}

async function reload() {
  if (leaving) return;
  leaving = true;
  for (;;) {
    try {
      const answer = await fetch(location.href, { method: 'GET', cache: 'no-store' });
      if (answer.status < 500) break;
    } catch {
      // Still away.
    }
    await new Promise(resolve => setTimeout(resolve, 1000));
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
    } else if (has('hide') && wasAway) {
      wasAway = false;
      say('back', 4000);
    }
  }).observe(notice, { attributes: true, attributeFilter: ['class'] });
}
