// The library listens for Escape only half a second after it has opened a dialog, and forgets to where two
// follow each other; a key pressed in between would be lost. So Escape presses the close button of the top
// dialog, here, from the moment that the dialog is on the page.
document.addEventListener('keydown', e => {
  if (e.key !== 'Escape' || e.isComposing) return;
  const close = [...document.querySelectorAll('.rz-dialog-titlebar-close')].pop();
  if (!close) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  close.click();
}, { capture: true });
