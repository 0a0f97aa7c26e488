// What the menu's entries do on the page itself.
import { make } from '../dom.js';

export const toggleTheme = () => document.dispatchEvent(new CustomEvent('molmo:theme'));

// After the menu has given the focus back.
export const openKeys = () => setTimeout(() => document.dispatchEvent(new CustomEvent('molmo:keys')));

// The language is the server's to keep; the page is drawn anew where it is.
export function speak(language) {
  const form = make('form', { method: 'post', action: '/language', hidden: '' },
    make('input', { name: 'to', value: language }),
    make('input', { name: 'back', value: location.pathname + location.search + location.hash }));
  document.body.append(form);
  form.submit();
}
