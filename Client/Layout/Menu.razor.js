const open = () => document.querySelectorAll('details[data-menu][open]');

document.addEventListener('click', e => {
  for (const menu of open()) {
    const isInside = e.target instanceof Node && menu.contains(e.target);
    const isChoice = isInside && e.target instanceof Element && e.target.closest('.menu-items a, .menu-items button:not([data-stay])');
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
  if (e.target instanceof Element && e.target.matches('details[data-menu][open]')) e.target.querySelector('.menu-items').scrollIntoView({ block: 'nearest' });
}, { capture: true });

// The address may have changed without a navigation since the page was drawn.
document.addEventListener('submit', e => {
  if (e.target instanceof HTMLFormElement && e.target.matches('[data-languages]')) e.target.elements.back.value = location.pathname + location.search + location.hash;
});
