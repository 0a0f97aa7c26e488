// Checking dots one by one: the camera follows the dot that the page's component is at, keys press the bar's buttons,
// and a missed point is set by a click or under the cross in the middle. What was found is the component's, not ours.
import { near } from '../dom.js';
import { keyOf, onViewer, viewOf } from '../views.js';
import { tell } from './RegionBox.razor.js';

const closeUp = 3;
const keys = { y: 'right', x: 'wrong', m: 'place', Backspace: 'undo', Escape: 'done', a: 'done' };

const isOn = view => view.root.hasAttribute('data-auditing');
const isPlacing = view => view.root.hasAttribute('data-placing');
const nameOf = dot => `${dot.dataset.group} ${dot.dataset.n}`;

// What was missed is somewhere else than under the close look at a dot: the whole photo is there to place it, and to
// see it placed.
function place(view, isBegun) {
  view.root.toggleAttribute('data-placing', isBegun);
  if (isBegun) view.fit();
  view.frame.focus({ preventScroll: true });
}

function add(view, [x, y]) {
  if (!(x >= 0 && x <= 100 && y >= 0 && y <= 100)) return;
  place(view, false);
  tell('AddMissed', x, y);
}

document.addEventListener('keydown', e => {
  const focus = document.activeElement;
  const view = viewOf(focus);
  if (!view || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey
    || focus.closest('input, textarea, dialog, [data-region]')) return;
  if (e.key.length === 1 && document.documentElement.dataset.singleKeys === 'off') return;
  const key = keyOf(e);
  if (isPlacing(view)) {
    if (key === 'Escape' || key === 'm') place(view, false);
    else if (key === 'Enter' && !focus.matches('[data-audit]')) add(view, view.middle);
    else return;
  } else {
    const button = view.root.querySelector(
      isOn(view) ? `[data-audit="${keys[key]}"]` : key === 'a' ? '[data-audit-open]' : '[data-audit=""]');
    if (!button) return;
    if (!e.repeat) button.click();
  }
  e.preventDefault();
  e.stopImmediatePropagation();
}, true);

document.addEventListener('click', e => {
  const button = near(e.target, '[data-audit]');
  const view = viewOf(button ?? near(e.target, '[data-frame]'));
  if (!view || !isOn(view)) return;
  if (button?.dataset.audit === 'place') place(view, true);
  else if (button?.dataset.audit === 'leave') place(view, false);
  else if (button?.dataset.audit === 'here') add(view, view.middle);
  else if (!button && isPlacing(view) && !near(e.target, '[data-map]')) {
    // No dot is chosen by the click that sets a point beside it.
    add(view, view.percentAt(e.clientX, e.clientY));
    e.stopImmediatePropagation();
    e.preventDefault();
  }
}, true);

onViewer(view => {
  let isFollowing = false;
  let was = null;

  const follow = () => {
    const at = view.root.getAttribute('data-auditing');
    if (at === was) return;
    const hasBegun = was === null;
    was = at;
    if (at === null) {
      if (view.root.contains(document.activeElement) || document.activeElement === document.body) place(view, false);
      view.root.removeAttribute('data-placing');
      view.select(null);
      view.fit();
      return;
    }
    if (hasBegun) view.frame.focus({ preventScroll: true });
    const dot = view.dots.find(other => nameOf(other) === at);
    if (!dot) return;
    isFollowing = true;
    view.centre(dot, Math.max(view.zoom, closeUp));
    view.select(dot);
    isFollowing = false;
  };

  // A dot that the person has chosen is where the check goes on.
  view.on('select', () => {
    if (isOn(view) && !isFollowing && view.selected && nameOf(view.selected) !== was)
      tell('AuditAt', Number(view.selected.dataset.group), Number(view.selected.dataset.n));
  });

  // A mark is seen where its dot is: not in a bubble of many, not while its group is hidden.
  const match = () => {
    const hidden = new Set(
      view.dots.filter(dot => dot.hasAttribute('data-in') || dot.hasAttribute('data-off')).map(nameOf));
    const off = new Set(view.dots.filter(dot => dot.hasAttribute('data-off')).map(dot => dot.dataset.group));
    for (const mark of view.root.querySelectorAll('[data-of]')) {
      const isHidden = hidden.has(mark.dataset.of) || off.has(mark.dataset.of);
      if (mark.hidden !== isHidden) mark.hidden = isHidden;
    }
  };
  new MutationObserver(changes => {
    if (changes.some(change => change.attributeName === 'data-auditing')) follow();
    match();
  }).observe(view.root,
    { subtree: true, childList: true, attributes: true, attributeFilter: ['data-auditing', 'data-in', 'data-off'] });
  match();
});
