import { near } from '../dom.js';

const open = () => document.querySelectorAll('details[data-menu][open]');

document.addEventListener('click', e => {
  for (const menu of open()) {
    const isInside = menu.contains(e.target);
    const isChoice = isInside && near(e.target, '.menu-items a, .menu-items button:not([data-stay])');
    // The focus must not go with what is hidden; where the choice opens a dialog, that gives it back to here.
    if (isChoice && menu.contains(document.activeElement)) menu.querySelector('summary').focus();
    if (!isInside || isChoice) menu.open = false;
  }
});

document.addEventListener('keydown', e => {
  if (e.key !== 'Escape') return;
  for (const menu of open()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector('summary').focus();
    e.preventDefault();
    e.stopImmediatePropagation();
  }
}, { capture: true });

// A menu at the end of a scrolled list opens below the list's edge.
document.addEventListener('toggle', e => {
  if (near(
    e.target, 'details[data-menu][open]')) e.target.querySelector('.menu-items').scrollIntoView({ block: 'nearest' });
}, { capture: true });

// The address may have changed without a navigation since the page was drawn.
document.addEventListener('submit', e => {
  if (near(
    e.target, '[data-languages]')) e.target.elements.back.value = location.pathname + location.search + location.hash;
});
