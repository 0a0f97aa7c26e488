// What is looked at is part of the address, behind the #: #g=1&p=7 is the seventh dot of the first group, counted from
// 1. A page with several photos adds t, the number of the photo. The part behind the # never reaches a server.
import { near } from '../dom.js';
import '../Images/ImageViewer.razor.js';

const layers = () => [...document.querySelectorAll('[data-dots]')].filter(layer => layer.querySelector('.dot'));
const dotsOf = (layer, group) => [...layer.querySelectorAll('.dot')].filter(dot => dot.dataset.group === group);
const groupsOf = layer => [...new Set([...layer.querySelectorAll('.dot')].map(dot => dot.dataset.group))];

function light(layer, group) {
  for (const other of layers()) {
    other.classList.toggle('dim', other === layer);
    for (const dot of other.querySelectorAll('.dot')) {
      const isKin = other === layer && dot.dataset.group === group;
      dot.classList.toggle('kin', isKin);
      dot.classList.toggle('lit', isKin);
    }
  }
}

function read() {
  const state = new URLSearchParams(location.hash.slice(1));
  const layer = layers()[Number(state.get('t') ?? 1) - 1];
  const group = layer && state.has('g') ? groupsOf(layer)[Number(state.get('g')) - 1] : undefined;
  if (group === undefined) return;
  const dot = state.has('p') ? dotsOf(layer, group).find(one => one.dataset.n === state.get('p')) : null;
  (dot ?? layer).scrollIntoView({ block: 'center' });
  if (dot) dot.click();
  else light(layer, group);
}

// A dot that was chosen is in the address, to be sent on.
document.addEventListener('click', e => {
  const dot = near(e.target, '.dot');
  if (!dot) return;
  const layer = dot.closest('[data-dots]');
  const all = layers();
  const state = new URLSearchParams(location.hash.slice(1));
  state.set('g', groupsOf(layer).indexOf(dot.dataset.group) + 1);
  state.set('p', dot.dataset.n);
  if (all.length > 1) state.set('t', all.indexOf(layer) + 1);
  history.replaceState(history.state, '', `#${state}`);
});

addEventListener('hashchange', read);
addEventListener('DOMContentLoaded', read);   // when the script that shows names listens too
