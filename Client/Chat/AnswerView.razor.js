// Copies an answer's words: prose and inline texts, without the counts on the chips.
import { copy, make, near } from '../dom.js';
import { t } from '../texts.js';

document.addEventListener('click', async e => {
  const button = near(e.target, '[data-copy]');
  if (!button) return;
  const source = button.dataset.copy
    ? document.getElementById(button.dataset.copy)
    : button.closest('.answer')?.querySelector('.words');
  if (!source) return;
  const words = source.cloneNode(true);
  for (const count of words.querySelectorAll('.count')) count.remove();
  const isCopied = await copy('exact' in button.dataset ? source.textContent : textOf(words));
  const before = button.dataset.label ??= button.getAttribute('aria-label') ?? '';
  button.classList.toggle('copied', isCopied);
  button.title = isCopied ? t('Copied') : t('The browser does not allow copying');
  button.setAttribute('aria-label', button.title);
  setTimeout(() => {
    button.classList.remove('copied');
    button.title = before;
    button.setAttribute('aria-label', before);
  }, 2000);
});

// Browsers leave out of a copied selection what stands on buttons, as the names of points do.
document.addEventListener('copy', e => {
  const selection = getSelection();
  if (e.defaultPrevented || !selection.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  const around = range.commonAncestorContainer;
  if (!near(around instanceof Element ? around : around.parentElement, '.answer .words')) return;
  const part = make('div');
  part.append(range.cloneContents());
  const chips = part.querySelectorAll('[data-chip]');
  if (chips.length === 0) return;
  for (const chip of chips) {
    chip.querySelector('.count')?.remove();
    chip.replaceWith(chip.textContent);
  }
  e.clipboardData.setData('text/plain', textOf(part));
  e.clipboardData.setData('text/html', part.innerHTML);
  e.preventDefault();
});

// The stage and the page's bar have the buttons for these; an answer has them once more, where the eye is.
document.addEventListener('click', e => {
  if (near(e.target, '[data-check-count]')) {
    const stage = document.querySelector('[data-stage]');
    (stage?.querySelector('[data-audit="done"]') ?? stage?.querySelector('[data-audit-open]'))?.click();
  } else if (near(e.target, '[data-share-answer]')) {
    document.querySelector('[data-testid="share"]')?.click();
  }
});

// Blocks of an answer as lines of text: what is apart on the page is apart in the copy.
function textOf(words) {
  const blocks = [...words.querySelectorAll('[data-block]')];
  if (blocks.length === 0) return words.textContent.trim();
  let text = '';
  for (const block of blocks) {
    // A list inside of an item has blocks of its own.
    const own = block.cloneNode(true);
    for (const inner of own.querySelectorAll('ul, ol')) inner.remove();
    const mark = block.dataset.block;
    const depth = mark ? Number(block.dataset.depth) : 0;
    text += (text && (mark ? '\n' : '\n\n')) + '  '.repeat(depth) + (mark ? mark + ' ' : '') + own.textContent.trim();
  }
  return text;
}
