// What many scripts do with the page.

/** The element around a node that a selector names; null where there is none. */
export const near = (node, selector) => node instanceof Element ? node.closest(selector) : null;

export const clamp = (value, from, to) => Math.min(to, Math.max(from, value));

/** A new element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Puts an element where it belongs, in percent of the one around it. */
export function put(element, { x, y, width, height }) {
  element.style.left = x + '%';
  element.style.top = y + '%';
  if (width === undefined) return;
  element.style.width = width + '%';
  element.style.height = height + '%';
}

/** Shows a sentence where the page has a place for errors; null takes it away. */
export const complain = message => document.dispatchEvent(new CustomEvent('molmo:error', { detail: message }));

/**
 * Copies text; says whether that was allowed. @param place where focus may go: the open dialog, which holds it, or the
 * page
 */
export async function copy(text, place = document.body) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http from another machine has no clipboard interface: select and copy the old way.
    const box = make('textarea', { class: 'unseen' });
    box.value = text;
    place.append(box);
    box.select();
    try { return document.execCommand('copy'); } finally { box.remove(); }
  }
}

/** Whether the browser keeps a cookie of this site. The visitor's own cannot be seen from here. */
export function keepsCookies() {
  const probe = 'molmo.kept=1';
  document.cookie = probe + '; path=/; samesite=lax';
  const isKept = document.cookie.includes(probe);
  document.cookie = probe + '; path=/; samesite=lax; max-age=0';
  return isKept;
}

// Storage may be switched off: then nothing is kept.
const store = name => ({
  read(key) {
    try { return window[name].getItem(key); } catch { return null; }
  },
  write(key, text) {
    try {
      if (text) window[name].setItem(key, text); else window[name].removeItem(key);
    } catch { /* it lives as long as the page */ }
  },
});

export const ofTab = store('sessionStorage');
export const ofBrowser = store('localStorage');
