// Runs before the first paint, so that a chosen theme never flashes. Without a choice the system's setting rules
// (app.css).
(() => {
  const root = document.documentElement;
  const key = 'molmo.theme';
  const read = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const apply = theme => {
    if (theme === 'dark' || theme === 'light') root.dataset.theme = theme; else delete root.dataset.theme;
  };
  apply(read());
  addEventListener('storage', e => { if (e.key === key) apply(e.newValue); });
  document.addEventListener('click', e => {
    if (!(e.target instanceof Element) || !e.target.closest('[data-theme-toggle]')) return;
    const isDark =
      (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
    apply(isDark ? 'light' : 'dark');
    try { localStorage.setItem(key, root.dataset.theme); } catch { /* not kept, but it holds for this page */ }
  });
})();
