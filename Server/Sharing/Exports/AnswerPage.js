// Names on hover, focus and tap, and the walk from dot to dot. The page is complete without, and has the words in its
// language.
(() => {
  const dotOf = node => node instanceof Element ? node.closest('.set > button') : null;
  const dotsOf = figure => [...figure.querySelectorAll('.set > button')];
  const place = document.querySelector('main').dataset.place;
  const placeOf = (at, all) => place.replace('{0}', at + 1).replace('{1}', all);
  let lit = null;

  function fade(figure, set, dot) {
    figure.classList.toggle('dim', set !== null);
    for (const other of dotsOf(figure)) {
      const isKin = other.parentElement === set;
      other.classList.toggle('kin', isKin);
      other.classList.toggle('lit', isKin && (dot === null || other === dot));
    }
  }

  function hide() {
    if (!lit) return;
    const figure = lit.closest('figure');
    figure.querySelector('.tip').hidden = true;
    fade(figure, null, null);
    lit = null;
  }

  function show(dot) {
    if (lit === dot) return;
    hide();
    const figure = dot.closest('figure');
    const set = dot.parentElement;
    const all = dotsOf(figure);
    lit = dot;
    if (set.title) { set.dataset.name = set.title; set.removeAttribute('title'); }
    const tip = figure.querySelector('.tip');
    tip.querySelector('bdi').textContent = set.dataset.name;
    tip.querySelector('em').textContent = placeOf([...set.children].indexOf(dot), set.children.length);
    tip.hidden = false;
    const frame = figure.getBoundingClientRect();
    const spot = dot.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const left = Math.max(4, Math.min(spot.left + spot.width / 2 - size.width / 2, innerWidth - size.width - 4));
    const isBelow = spot.top - size.height - 12 < 0;
    tip.style.left = left - frame.left + 'px';
    tip.style.top = (isBelow ? spot.bottom + 8 : spot.top - size.height - 12) - frame.top + 'px';
    fade(figure, set, dot);
    const walk = figure.parentElement.querySelector('.walk output');
    if (walk) walk.textContent = placeOf(all.indexOf(dot), all.length);
  }

  function step(figure, by) {
    const all = dotsOf(figure);
    if (all.length === 0) return;
    const at = lit && lit.closest('figure') === figure ? all.indexOf(lit) + by : by > 0 ? 0 : all.length - 1;
    focus(all[(at + all.length) % all.length]);
  }

  function focus(dot) {
    for (const other of dotsOf(dot.closest('figure'))) other.tabIndex = other === dot ? 0 : -1;
    dot.focus();
    show(dot);
  }

  const figures = [...document.querySelectorAll('figure')].filter(figure => figure.querySelector('.set > button'));
  for (const figure of figures) {
    dotsOf(figure).forEach((dot, index) => { dot.tabIndex = index === 0 ? 0 : -1; });
    const walk = figure.parentElement.querySelector('.walk');
    if (walk) walk.hidden = false;
  }

  document.addEventListener('pointerover', e => { if (dotOf(e.target)) show(dotOf(e.target)); });
  document.addEventListener('pointerout', e => {
    const to = e.relatedTarget instanceof Element ? e.relatedTarget.closest('.set > button, .tip') : null;
    if (dotOf(e.target) && !to && document.activeElement !== lit && e.pointerType !== 'touch') hide();
  });
  document.addEventListener('focusin', e => { if (dotOf(e.target)) show(dotOf(e.target)); });
  document.addEventListener('click', e => {
    if (!(e.target instanceof Element)) return;
    const button = e.target.closest('[data-step]');
    if (button) step(button.closest('section').querySelector('figure'), Number(button.dataset.step));
    else if (dotOf(e.target)) focus(dotOf(e.target));
    else if (!e.target.closest('.tip')) hide();
  });
  document.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const figure = (lit ?? figures[0]?.querySelector('.set > button'))?.closest('figure');
    if (!figure) return;
    const isOnDot = dotOf(document.activeElement) !== null;
    const by = { n: 1, p: -1 }[e.key]
      ?? (isOnDot ? { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key] : undefined);
    if (by !== undefined) { e.preventDefault(); step(figure, by); }
    else if (e.key === 'Escape') hide();
  });

  // Looking at a group's name in the text lights its dots.
  const light = (e, on) => {
    const chip = e.target instanceof Element ? e.target.closest('.chip') : null;
    const figure = chip?.closest('section').querySelector('figure');
    const set = figure?.querySelector(`.set[data-group="${chip.dataset.group}"]`);
    if (set) fade(figure, on ? set : null, null);
  };
  document.addEventListener('pointerover', e => light(e, true));
  document.addEventListener('pointerout', e => light(e, false));

  // #g=1&p=7: group and dot, both counted from 1.
  const wish = new URLSearchParams(location.hash.slice(1));
  const set = figures[0]?.querySelectorAll('.set')[Number(wish.get('g') ?? 1) - 1];
  const dot = wish.has('p') ? set?.children[Number(wish.get('p')) - 1] : null;
  if (dot) show(dot);
  else if (wish.has('g') && set) fade(figures[0], set, null);
})();
