// Which kinds of photo are offered: what the server reads, and what this browser opens for it beside that.
const types = { JPEG: 'image/jpeg', PNG: 'image/png', WebP: 'image/webp', GIF: 'image/gif', BMP: 'image/bmp' };
// A browser takes the first source of a picture whose type it opens.
const younger = { AVIF: 'image/avif', HEIC: 'image/heic' };
const endings = { AVIF: '.avif', HEIC: '.heic,.heif' };

async function opens(type) {
  const picture = document.createElement('picture');
  const source = picture.appendChild(document.createElement('source'));
  const image = picture.appendChild(document.createElement('img'));
  source.type = type;
  source.srcset = 'data:,opened';
  image.src = 'data:,not';
  // Chosen once the script has let go.
  for (let turn = 0; turn < 3 && !image.currentSrc; turn++) await new Promise(resolve => setTimeout(resolve));
  return image.currentSrc === 'data:,opened';
}

const opened = (async () => {
  const names = [];
  for (const [name, type] of Object.entries(younger)) if (await opens(type)) names.push(name);
  return names;
})();

/** Makes choosers and texts of the page name what can be taken; texts come with what every browser takes. */
export async function tellFormats() {
  const more = await opened;
  const accepted = [...Object.values(types), ...more.map(name => `${younger[name]},${endings[name]}`)].join(',');
  for (const input of document.querySelectorAll('[data-photo-input]:not([data-camera])')) input.accept = accepted;
  if (!more.includes('HEIC')) return;
  for (const text of document.querySelectorAll('[data-accepts]'))
    if (!text.textContent.includes('HEIC')) text.textContent = text.textContent.replace('GIF', 'GIF, HEIC');
}
