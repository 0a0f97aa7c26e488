// Addresses of what a page becomes without being loaded anew, and the way back through them. Everything is on the
// server, so going back or forward to another of them loads it.
const here = () => location.pathname + location.search;
let shown = here();

// Home and its gallery is a page of its own; a photo that was put on the stage, and the chat about it, take the place
// of one another.
const isHome = address => !/^\/c\/|[?&](sample|photo)=/.test(address);

export function go(address, title) {
  if (address === here()) return;
  const before = location.pathname;
  history[isHome(shown) ? 'pushState' : 'replaceState'](null, '', address);
  shown = here();
  if (title) document.title = title;
  if (before !== location.pathname) document.dispatchEvent(new CustomEvent('molmo:moved', { detail: before }));
}

// The photo viewer writes into the fragment, which is no other page.
addEventListener('popstate', () => { if (here() !== shown) location.reload(); });
