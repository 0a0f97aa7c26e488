// Opens and closes the list of chats.
import { near } from '../dom.js';

const drawer = () => document.querySelector('dialog[data-history]');
let isWanted = false;

// Opened before the circuit was there, the list comes now, in the dialog that the circuit has put in place of the
// first.
export function connect() {
  const place = drawer();
  if (!isWanted || !place) return false;
  if (!place.open) place.showModal();
  return true;
}

// The event does not bubble.
document.addEventListener('close', e => { if (e.target === drawer()) isWanted = false; }, { capture: true });

document.addEventListener('click', e => {
  const place = drawer();
  if (!place) return;
  if (near(e.target, '[data-history-open]')) {
    isWanted = true;
    if (!place.open) place.showModal();
  } else if (near(e.target, '[data-history-close]')) {
    place.close();
  } else if (e.target === place && place.open) {
    // A press on the dialog itself is one on the backdrop only where it is outside of its box.
    const box = place.getBoundingClientRect();
    const isOutside = e.clientX < box.left || e.clientX > box.right || e.clientY < box.top || e.clientY > box.bottom;
    if (isOutside) place.close();
  }
});
