// Focus is never lost: where the focused element goes away or can no longer be used, the focus moves to what is nearest
// to where it was. Dialogs give it back by themselves; this is for what is drawn again.
const usable = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex="0"]';
let trail = [];      // the focused element and all around it
let isChecking = false;

const isSeen = element => element.checkVisibility?.() !== false && element.getClientRects().length > 0;

function nearest() {
  const [lost, ...around] = trail;
  for (const place of around) {
    if (!place.isConnected || place === document.body || place === document.documentElement) continue;
    if (place.matches('[tabindex="0"]')) return place;
    if (!place.matches('form, article, dialog, .mud-dialog, header, [role="toolbar"], .menu')) continue;
    const other = [...place.querySelectorAll(usable)].find(element => element !== lost && isSeen(element));
    if (other) return other;
  }
  return [...document.querySelectorAll('[role="log"], [data-choose-photo], main a[href]')].find(isSeen);
}

function check() {
  isChecking = false;
  const [lost] = trail;
  const isLost = lost && (document.activeElement === document.body || document.activeElement === null)
    && (!lost.isConnected || lost.matches(':disabled') || !isSeen(lost));
  if (isLost) nearest()?.focus({ preventScroll: true });
}

document.addEventListener('focusin', e => {
  trail = [];
  for (let at = e.target; at instanceof Element; at = at.parentElement) trail.push(at);
});

// Escape is for the open dialog also where the focus is not in it yet, and where it was drawn a moment ago and does not
// listen yet: it is told again until it is gone. It gives the focus back to where it was outside of it.
let outside = null;
document.addEventListener('focusin', e => { if (!e.target.closest('.mud-dialog')) outside = e.target; });

const openDialog = () => [...document.querySelectorAll('.mud-dialog')].at(-1);
const tell = dialog => dialog.dispatchEvent(
  new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape', bubbles: true }));

function giveBack(dialog, place, ms = 0) {
  if (!dialog.isConnected) {
    if (!openDialog()) place?.focus();
    return;
  }
  if (ms > 0 && ms % 250 === 0) tell(dialog);
  if (ms < 1000) setTimeout(() => giveBack(dialog, place, ms + 50), 50);
}

document.addEventListener('keydown', e => {
  if (e.key !== 'Escape' || !e.isTrusted) return;
  const open = openDialog();
  if (!open) return;
  giveBack(open, outside);
  if (open.contains(document.activeElement)) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  tell(open);
}, { capture: true });

// A press beside everything lets go of the focus on purpose.
document.addEventListener('pointerdown', () => { trail = []; }, { capture: true });

// After all that the change sets off, a dialog giving the focus back among it.
new MutationObserver(() => {
  if (isChecking || trail.length === 0 || document.activeElement !== document.body) return;
  isChecking = true;
  requestAnimationFrame(() => setTimeout(check));
}).observe(
  document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled', 'hidden', 'open'] });
