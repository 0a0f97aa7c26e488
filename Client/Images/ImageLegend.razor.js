// Which groups are shown. The components write every group as shown; what was hidden is kept here and put on the dots,
// new ones too, so that a growing answer does not bring it back.
import { near } from '../dom.js';
import { onViewer, viewOf } from '../views.js';

const hidden = new WeakMap();   // view -> groups

export const hiddenOf = view => hidden.get(view) ?? new Set();

export function hideGroups(view, groups) {
  hidden.set(view, new Set(groups));
  paint(view);
  view.tell('groups');
}

const groupsOf = view => [...view.root.querySelectorAll('[data-legend] > li')].map(item => item.dataset.group);

function paint(view) {
  const off = hiddenOf(view);
  for (const dot of view.root.querySelectorAll('.dot')) dot.toggleAttribute('data-off', off.has(dot.dataset.group));
  const shown = groupsOf(view).filter(group => !off.has(group));
  for (const item of view.root.querySelectorAll('[data-legend] > li')) {
    const isShown = !off.has(item.dataset.group);
    item.querySelector('[data-eye]').setAttribute('aria-pressed', String(isShown));
    item.querySelector('[data-solo]')?.setAttribute('aria-pressed', String(isShown && shown.length === 1));
  }
}

document.addEventListener('click', e => {
  const button = near(e.target, '[data-eye], [data-solo]');
  const view = viewOf(button);
  if (!view) return;
  const group = button.closest('li').dataset.group;
  const off = new Set(hiddenOf(view));
  if (button.matches('[data-solo]') || e.altKey) {
    const others = groupsOf(view).filter(other => other !== group);
    const isAlone = !off.has(group) && others.every(other => off.has(other));
    hideGroups(view, isAlone ? [] : others);
  } else {
    if (!off.delete(group)) off.add(group);
    hideGroups(view, off);
  }
});

onViewer(view => {
  let turn = view.root.dataset.turn;
  const refresh = () => {
    if (turn !== view.root.dataset.turn) hidden.delete(view);
    turn = view.root.dataset.turn;
    paint(view);
  };
  view.on('dots', refresh);
  refresh();
});
