// Plays the stored answers of the gallery: the question types itself, dots land, the number ticks; where a person found
// one that the model had missed, it is added as they added it. Nothing moves for people who asked for that, and it
// stops for good when the person begins something of their own. All state is here: whatever elements the page has now,
// also those that the circuit puts in place of the first ones, are brought to it.
import { make, near } from '../dom.js';
import { t } from '../texts.js';

const still = matchMedia('(prefers-reduced-motion: reduce)');
const place = () => document.querySelector('[data-demo]');
const part = name => place()?.querySelector(`[data-demo-${name}]`);

let scenes = [];
let scene = 0;
let dots = 0;           // that have landed; those of the person's check come after the model's
let letters = Infinity; // of the question
let isPaused = still.matches;
let isPicked = false;   // by the person: played to its end and left there
let run = 0;
let drawn = null;       // the element that was last brought to the state

const wait = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

const drawing = path => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon-image');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
};

function spot([x, y], index, lands) {
  const isPersons = index >= scenes[scene].dots.length;
  return make('span', {
    class: `spot${isPersons ? ' person' : ''}${lands ? ' land' : ''}`, style: `--x:${x};--y:${y}`,
  }, isPersons ? drawing('M5 12h14M12 5v14') : make('b', {}, index + 1));
}

const all = ({ dots: given, missed }) => [...given, ...missed];

// Brings the page to the state. Only a dot that has just landed moves.
function draw({ landing = false } = {}) {
  const root = place();
  if (!root) return;
  const { question, noun, source, alt, width, height, dots: given, missed, address } = scenes[scene];
  const isWhole = dots >= given.length;
  const isChecked = missed.length > 0 && dots === given.length + missed.length;
  part('question').textContent = question.slice(0, letters);
  part('question').nextElementSibling.hidden = letters >= question.length;
  const picture = part('picture');
  if (!picture.src.endsWith(source)) Object.assign(picture, { src: source, alt, width, height });
  const photo = part('photo');
  photo.style.cssText = `--w:${width};--h:${height}`;
  for (const old of photo.querySelectorAll('.spot')) old.remove();
  photo.append(...all(scenes[scene]).slice(0, dots).map((at, i) => spot(at, i, landing && i === dots - 1)));
  part('number').textContent = dots || '';
  part('number').classList.toggle('tick', landing);
  part('noun').textContent = isWhole ? noun : '';
  part('subject').textContent = alt;
  part('why').textContent = isChecked ? t('A person checked it and found one more.')
    : isWhole ? t('One dot for each. A stored answer.') : '';
  part('why').classList.toggle('ok', isChecked);
  part('try').href = address;
  for (const thumb of root.querySelectorAll('[data-demo-scene]')) {
    if (Number(thumb.dataset.demoScene) === scene) thumb.setAttribute('aria-current', 'true');
    else thumb.removeAttribute('aria-current');
  }
  const pause = part('pause');
  pause.hidden = false;
  pause.replaceChildren(drawing(isPaused ? 'M8.5 5.5v13L19 12z' : 'M9 6v12M15 6v12'));
  pause.title = isPaused ? t('Play the demonstration') : t('Pause the demonstration');
  pause.setAttribute('aria-label', pause.title);
  drawn = root;
}

// Restarts the figure's rise and the landing of the newest dot.
function landOne() {
  dots++;
  part('number')?.classList.remove('tick');
  void place()?.offsetWidth;
  draw({ landing: true });
}

async function play(index) {
  const mine = ++run;
  const isMine = () => mine === run && place() !== null;
  scene = index;
  const { question, dots: given, missed } = scenes[index];
  if (isPaused) {
    [dots, letters] = [given.length + missed.length, Infinity];
    draw();
    return;
  }
  part('photo')?.classList.add('out');
  await wait(240);
  if (!isMine()) return;
  [dots, letters] = [0, 0];
  draw();
  part('photo')?.classList.remove('out');
  await wait(420);
  while (letters < question.length) {
    if (!isMine()) return;
    letters++;
    draw();
    await wait(question[letters - 1] === ' ' ? 62 : 34);
  }
  await wait(480);
  for (const _ of given) {
    if (!isMine()) return;
    landOne();
    await wait(320);
  }
  await wait(missed.length ? 1900 : 3600);
  for (const _ of missed) {
    if (!isMine()) return;
    landOne();
    await wait(4200);
  }
  if (!isMine()) return;
  if (isPicked) pause(true); else play((index + 1) % scenes.length);
}

function pause(isToPause) {
  if (isPaused === isToPause) return;
  isPaused = isToPause;
  // A chat's page has a box to type into and no scenes.
  if (scenes.length > 0) play(scene);
}

document.addEventListener('click', e => {
  if (!near(e.target, '[data-demo]')) return;
  if (near(e.target, '[data-demo-pause]')) {
    isPicked = false;
    pause(!isPaused);
    return;
  }
  const thumb = near(e.target, '[data-demo-scene]');
  if (!thumb || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  isPicked = true;
  play(Number(thumb.dataset.demoScene));
});

// The person begins something of their own, or has before.
const begun = e => { if (near(e.target, '[data-composer], [data-photo-input]')) pause(true); };
document.addEventListener('input', begun);
document.addEventListener('change', begun, { capture: true });
document.addEventListener('drop', () => place() && pause(true));
still.addEventListener('change', () => { if (still.matches && scenes.length) pause(true); });

function start() {
  scenes = JSON.parse(place().dataset.scenes);
  dots = all(scenes[0]).length;
  if (isPaused) {
    draw();
    return;
  }
  setTimeout(() => {
    if (run > 0 || isPaused) return;
    if (document.querySelector('[data-composer] textarea')?.value) pause(true); else play(0);
  }, 900);
}

if (place()) start();
new MutationObserver(() => {
  const root = place();
  if (!root || root === drawn) return;
  if (scenes.length === 0) start(); else if (run > 0 || drawn) draw();
}).observe(document.body, { childList: true, subtree: true });
