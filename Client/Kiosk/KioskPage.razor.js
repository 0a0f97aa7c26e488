// The loop: a scene's dots appear one after the other, what a person added last, then its words and that a person has
// checked it, then comes the next scene. A touch or a click is
// the scene's own link; any other key follows it too.
const root = document.querySelector('[data-kiosk]');
const scenes = [...root.querySelectorAll('[data-scene]')];
const pause = root.querySelector('[data-kiosk-pause]');
const isStill = matchMedia('(prefers-reduced-motion: reduce)');
const [before, between, after] = [1500, 700, 6000];   // ms: the question alone, from dot to dot, the whole answer
let shown = -1;
let timer = 0;
let next = null;

function wait(ms, what) {
  next = what;
  clearTimeout(timer);
  if (!isPaused()) timer = setTimeout(what, ms);
}

const isPaused = () => pause.getAttribute('aria-pressed') === 'true';

function show(index) {
  shown = index % scenes.length;
  const scene = scenes[shown];
  const hadFocus = scenes.includes(document.activeElement);
  scenes.forEach(other => { other.hidden = other !== scene; });
  if (hadFocus) scene.focus({ preventScroll: true });
  const dots = [...scene.querySelectorAll('[data-dot]')];
  const counts = [...scene.querySelectorAll('[data-count]')];
  const said = [...scene.querySelectorAll('[data-said]')];
  const reveal = number => {
    dots.forEach((dot, i) => { dot.hidden = i >= number; });
    for (const count of counts) {
      // What a person found wrong is shown hollow and is none.
      count.textContent = dots.slice(0, number)
        .filter(dot => dot.dataset.dot === count.dataset.count && !dot.classList.contains('wrong')).length;
    }
    for (const words of said) words.toggleAttribute('data-unsaid', number < dots.length);
    if (number < dots.length) wait(number ? between : before, () => reveal(number + 1));
    else wait(after, () => show(shown + 1));
  };
  reveal(isStill.matches ? dots.length : 0);
}

pause.addEventListener('click', () => {
  pause.setAttribute('aria-pressed', String(!isPaused()));
  clearTimeout(timer);
  if (!isPaused()) wait(between, next);
});

// Keys that move the focus, work the controls or belong to the browser are not a wish to ask.
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || ['Tab', 'Shift', 'Control', 'Alt', 'Meta', 'Escape'].includes(e.key)
    || /^F\d/.test(e.key)) return;
  if (e.target instanceof Element && e.target.closest('button, a')) return;
  e.preventDefault();
  location.assign(scenes[shown].href);
});

if (scenes.length) {
  pause.hidden = false;
  show(0);
}
