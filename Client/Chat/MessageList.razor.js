// Keeps the newest words in sight while the reader is at the end, and offers the way back when not.
export function follow(log) {
  const latest = log.querySelector('[data-latest]');
  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 48;
  let sticks = true;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  const show = () => { latest.hidden = sticks || isAtEnd(); };

  log.addEventListener('scroll', () => { sticks = isAtEnd(); show(); }, { passive: true });
  latest.addEventListener('click', () => { sticks = true; toEnd(); show(); });
  const grown = new ResizeObserver(() => { if (sticks) toEnd(); show(); });
  grown.observe(log.querySelector('.turns'));
  grown.observe(log);

  // A new question is the reader's own doing: go there.
  new MutationObserver(
    () => { sticks = true; toEnd(); show(); }).observe(log.querySelector('.turns'), { childList: true });
  toEnd();

  const wanted = new URLSearchParams(location.search).get('m');
  const turn = wanted && document.getElementById('m-' + wanted);
  if (!turn) return;
  sticks = false;
  turn.scrollIntoView({ block: 'start' });
}

// The address names the version on the page, so that it can be copied.
export function nameVersion(turn) {
  const address = new URL(location.href);
  address.searchParams.delete('m');
  address.searchParams.set('branch', turn);
  history.replaceState(history.state, '', address);
}
