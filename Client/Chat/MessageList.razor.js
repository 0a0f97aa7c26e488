// Keeps the newest words in sight while the reader is at the end, and offers the way back when not.
const ways = new WeakMap();   // of each list, the way to its end

export function follow(log) {
  const latest = log.querySelector('[data-latest]');
  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 48;
  let sticks = true;
  let before = 0;    // where the reader was
  let touched = 0;   // when they last put a hand on the list
  const show = () => { latest.hidden = sticks || isAtEnd(); };
  // The number of the newest answer is what was asked for: on a low screen what stands below it waits.
  const goal = () => {
    const answer = [...log.querySelectorAll('[data-testid=answer]')].at(-1);
    const figure = answer?.querySelector('[data-testid=figure]');
    return figure
      ? log.scrollTop + figure.getBoundingClientRect().top - log.getBoundingClientRect().top - 16
      : log.scrollHeight;
  };
  const toEnd = () => {
    sticks = true;
    log.scrollTop = goal();
    before = log.scrollTop;
    show();
  };

  // Only the reader goes up. What grows leaves the end further down, what shrinks moves the list up a little, and the
  // event of either comes later than the next change: none of them may end the following.
  log.addEventListener('scroll', () => {
    const least = performance.now() - touched < 1000 ? 1 : log.clientHeight / 2;
    if (isAtEnd()) sticks = true;
    else if (log.scrollTop < before - least) sticks = false;
    else if (sticks) return;
    before = log.scrollTop;
    show();
  }, { passive: true });
  for (const touch of ['wheel', 'touchmove', 'pointerdown', 'keydown'])
    log.addEventListener(touch, () => { touched = performance.now(); }, { passive: true });
  latest.addEventListener('click', toEnd);
  // Never up: whoever has gone on below the number reads there.
  const grown = new ResizeObserver(() => {
    if (!sticks) show();
    else if (goal() > log.scrollTop) toEnd();
  });
  grown.observe(log.querySelector('.turns'));
  grown.observe(log);
  ways.set(log, toEnd);
  toEnd();

  const wanted = new URLSearchParams(location.search).get('m');
  const turn = wanted && document.getElementById('m-' + wanted);
  if (!turn) return;
  sticks = false;
  turn.scrollIntoView({ block: 'start' });
  before = log.scrollTop;
}

// A question of the reader's own is gone to, wherever they were.
export function goToEnd(log) {
  ways.get(log)?.();
}
