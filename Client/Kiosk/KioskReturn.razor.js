// A chat that was opened from the loop for a big screen: when nobody has touched it for a while, the loop goes on.
const seconds = Number(document.querySelector('[data-kiosk-return]')?.dataset.kioskReturn);
let timer = 0;

function goBack() {
  // Somebody may be reading along while an answer is written.
  if (document.querySelector('[data-state="queued"], [data-state="streaming"]')) return restart();
  const chat = document.querySelector('[data-private-chat]')?.dataset.privateChat;
  if (chat) navigator.sendBeacon(`/private/${chat}/end`);
  // not a step back in the browser's history: the next person is another one
  location.replace(`/kiosk?idle=${seconds}`);
}

function restart() {
  clearTimeout(timer);
  timer = setTimeout(goBack, seconds * 1000);
}

if (seconds) {
  for (const name of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'input'])
    document.addEventListener(name, restart, { passive: true, capture: true });
  restart();
}
