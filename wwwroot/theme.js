// Runs before the first paint, so that a chosen theme never flashes. Without a choice the system's setting rules
// (tokens.css).
(() => {
  const root = document.documentElement;
  const key = 'molmo.theme';
  const read = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const apply = theme => {
    if (theme === 'dark' || theme === 'light') root.dataset.theme = theme; else delete root.dataset.theme;
  };
  apply(read());
  addEventListener('storage', e => { if (e.key === key) apply(e.newValue); });
  const toggle = () => {
    const isDark =
      (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
    apply(isDark ? 'light' : 'dark');
    try { localStorage.setItem(key, root.dataset.theme); } catch { /* not kept, but it holds for this page */ }
  };
  document.addEventListener('click', e => {
    if (e.target instanceof Element && e.target.closest('[data-theme-toggle]')) toggle();
  });

  // What a person does before the other scripts are there is kept for them: on a slow line that is seconds.
  const early = window.molmoEarly = { question: null, files: null };
  document.addEventListener('input', e => {
    if (e.target.matches?.('[data-composer] textarea')) early.question = e.target.value;
  }, { capture: true });
  document.addEventListener('change', e => {
    if (e.target.matches?.('[data-photo-input]')) early.files = [...e.target.files];
  }, { capture: true });
})();
