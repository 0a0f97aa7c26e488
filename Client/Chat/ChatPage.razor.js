export function rename(address, title) {
  history.replaceState(history.state, '', address);
  document.title = title;
}
