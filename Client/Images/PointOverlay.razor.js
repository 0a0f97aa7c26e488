// Hover text, arrow keys and the link from chip to dots. In the browser because an answer to a moving pointer cannot wait
// for the network; it reads what the component wrote and never changes it, except for which dot takes the tab stop.
let tip = null;
let owner = null;
let hiding = 0;

const dotOf = node => node instanceof Element ? node.closest('.dot') : null;
const chipOf = node => node instanceof Element ? node.closest('button.chip') : null;

function hide() {
  clearTimeout(hiding);
  tip?.remove();
  if (owner) fade(owner.closest('[data-dots]'), null, null);
  tip = owner = null;
}

function hideSoon() {
  clearTimeout(hiding);
  hiding = setTimeout(hide, 160);   // long enough to move the pointer onto the text
}

function show(dot) {
  clearTimeout(hiding);
  if (owner === dot) return;
  hide();
  const place = dot.closest('.photo')?.querySelector('[data-tips]');
  if (!place) return;
  if (dot.title) {
    dot.dataset.title = dot.title;   // the browser's own hover text would say it twice
    dot.removeAttribute('title');
  }
  tip = document.createElement('div');
  tip.className = 'tip';
  tip.dataset.testid = 'point-tooltip';
  tip.setAttribute('role', 'tooltip');
  const name = document.createElement('bdi');
  name.textContent = dot.dataset.name || 'point';
  const number = document.createElement('em');
  number.textContent = dot.dataset.place;
  tip.append(name, ' ', number);
  place.append(tip);

  // Above the dot, below it near the top; within the picture's surroundings; never over the dot.
  const photo = place.parentElement.getBoundingClientRect();
  const room = (dot.closest('.stage') ?? document.documentElement).getBoundingClientRect();
  const spot = dot.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const centre = spot.left + spot.width / 2;
  const left = Math.max(room.left + 4, Math.min(centre - size.width / 2, room.right - size.width - 4));
  const isBelow = spot.top - size.height - 14 < room.top;
  tip.style.left = left - photo.left + 'px';
  tip.style.top = (isBelow ? spot.bottom + 10 : spot.top - size.height - 14) - photo.top + 'px';
  owner = dot;
  fade(dot.closest('[data-dots]'), dot.dataset.group, dot);
}

// One dot, or with none named all of its group, stands out; the rest of the group stays, all else fades.
function fade(dots, group, dot) {
  if (!dots) return;
  dots.classList.toggle('dim', group !== null);
  for (const other of dots.querySelectorAll('.dot')) {
    const isKin = other.dataset.group === group;
    other.classList.toggle('kin', isKin);
    other.classList.toggle('lit', isKin && (dot === null || other === dot));
  }
}

document.addEventListener('pointerover', e => {
  const dot = dotOf(e.target);
  if (dot) show(dot);
  else if (tip?.contains(e.target)) clearTimeout(hiding);
});

document.addEventListener('pointerout', e => {
  if (!tip || e.pointerType === 'touch') return;
  if (dotOf(e.target) || tip.contains(e.target)) hideSoon();
});

document.addEventListener('click', e => {
  const dot = dotOf(e.target);
  if (dot) show(dot);
  else if (tip && !tip.contains(e.target)) hide();
});

document.addEventListener('focusin', e => {
  const dot = dotOf(e.target);
  if (dot) {
    for (const other of dot.parentElement.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    dot.tabIndex = 0;
    show(dot);
  }
  const chip = chipOf(e.target);
  if (chip) light(chip);
});

document.addEventListener('focusout', e => {
  if (dotOf(e.target)) hideSoon();
  if (chipOf(e.target)) unlight();
});

document.addEventListener('keydown', e => {
  if (e.key === 'Escape' && tip) {
    hide();
    e.preventDefault();
    return;
  }
  const dot = dotOf(document.activeElement);
  if (!dot || e.ctrlKey || e.metaKey || e.altKey) return;
  const all = [...dot.parentElement.querySelectorAll('.dot')];
  const at = all.indexOf(dot);
  const to = {
    ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1,
  }[e.key];
  if (to === undefined) return;
  e.preventDefault();
  all[(to + all.length) % all.length].focus();
}, true);

// A chip lights the dots of its group, where its answer is the one on the picture.

const stageOf = chip => {
  const stage = document.querySelector('[data-stage]');
  return stage?.dataset.turn === chip.dataset.turn ? stage.querySelector('[data-dots]') : null;
};

const chipNow = () => chipOf(document.activeElement) ?? document.querySelector('button.chip:hover');

function light(chip) {
  fade(stageOf(chip), chip.dataset.chip, null);
}

function unlight() {
  const dots = document.querySelector('[data-stage] [data-dots]');
  if (owner) fade(dots, owner.dataset.group, owner); else fade(dots, null, null);
}

document.addEventListener('pointerover', e => { if (chipOf(e.target)) light(chipOf(e.target)); });
document.addEventListener('pointerout', e => { if (chipOf(e.target) && chipOf(e.target) !== document.activeElement) unlight(); });

// A chip that was just chosen brings its picture onto the stage: then its dots are there to light.
new MutationObserver(() => { if (chipNow()) light(chipNow()); })
  .observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-turn'] });
