// The device's own way to send something on, where the browser has one: it asks the person to what app or to whom.
import { near } from '../dom.js';

const canShare = typeof navigator.share === 'function';
document.documentElement.toggleAttribute('data-can-share', canShare);

document.addEventListener('click', async e => {
  const button = near(e.target, '[data-send]');
  if (!button || !canShare) return;
  try {
    await navigator.share({ url: button.dataset.send });
  } catch {
    // Closed without a choice.
  }
});
