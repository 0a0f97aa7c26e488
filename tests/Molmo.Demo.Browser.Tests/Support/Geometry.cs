using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>Where things are on the screen, in CSS pixels.</summary>
public static class Geometry
{
    /// <summary>
    /// How far each dot's centre is from its percent of the picture as drawn, letterboxing left out. Waits for arrivals
    /// to settle.
    /// </summary>
    public static Task<double[]> DotErrorsAsync(IPage page) => page.EvaluateAsync<double[]>(
        """
        async () => {
          const dots = [...document.querySelectorAll('[data-testid=point]')];
          await Promise.all(
              dots.flatMap(dot => dot.getAnimations({ subtree: true })).map(a => a.finished.catch(() => {})));
          const photo = document.querySelector('[data-testid=photo]');
          const box = photo.getBoundingClientRect();
          const style = getComputedStyle(photo);
          const edge = side => parseFloat(style[`border${side}Width`]) + parseFloat(style[`padding${side}`]);
          let [left, top] = [box.left + edge('Left'), box.top + edge('Top')];
          let [width, height] = [box.width - edge('Left') - edge('Right'), box.height - edge('Top') - edge('Bottom')];
          if (style.objectFit === 'contain') {
            const scale = Math.min(width / photo.naturalWidth, height / photo.naturalHeight);
            left += (width - photo.naturalWidth * scale) / 2;
            top += (height - photo.naturalHeight * scale) / 2;
            [width, height] = [photo.naturalWidth * scale, photo.naturalHeight * scale];
          }
          return dots.map(dot => {
            const spot = dot.getBoundingClientRect();
            const x = left + dot.dataset.x / 100 * width, y = top + dot.dataset.y / 100 * height;
            return Math.hypot(spot.left + spot.width / 2 - x, spot.top + spot.height / 2 - y);
          });
        }
        """);

    /// <summary>Mean colours of the shown picture in a grid of 8 by 8, row by row, red, green, blue.</summary>
    public static Task<int[]> PhotoColoursAsync(IPage page) => page.EvaluateAsync<int[]>(
        """
        async () => {
          const photo = document.querySelector('[data-testid=photo]');
          await photo.decode();
          const canvas = new OffscreenCanvas(photo.naturalWidth, photo.naturalHeight);
          const drawing = canvas.getContext('2d');
          drawing.drawImage(photo, 0, 0);
          const { data, width, height } = drawing.getImageData(0, 0, canvas.width, canvas.height);
          const sums = new Float64Array(8 * 8 * 4);
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const cell = (Math.floor(y * 8 / height) * 8 + Math.floor(x * 8 / width)) * 4, at = (y * width + x) * 4;
              for (let c = 0; c < 3; c++) sums[cell + c] += data[at + c];
              sums[cell + 3]++;
            }
          }
          return [...Array(64).keys()]
              .flatMap(cell => [0, 1, 2].map(c => Math.round(sums[cell * 4 + c] / sums[cell * 4 + 3])));
        }
        """);

    /// <summary>Contrast of an element's words with what is painted behind them, from 1 to 21.</summary>
    public static Task<double> ContrastAsync(ILocator words) => words.EvaluateAsync<double>(
        """
        words => {
          const drawing = new OffscreenCanvas(1, 1).getContext('2d');
          const paint = colour => {
            drawing.fillStyle = colour;
            drawing.fillRect(0, 0, 1, 1);
          };
          const light = () => [...drawing.getImageData(0, 0, 1, 1).data].slice(0, 3)
              .map(part => part / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
              .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
          const behind = [];
          for (let at = words; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
          behind.forEach(paint);
          const back = light();
          paint(getComputedStyle(words).color);
          const [more, less] = [back, light()].sort((a, b) => b - a);
          return (more + .05) / (less + .05);
        }
        """);

    /// <summary>Width and height of the shown picture in its own pixels.</summary>
    public static async Task<(int Width, int Height)> PhotoSizeAsync(IPage page)
    {
        var size = await page.EvaluateAsync<int[]>(
            "async () => { const photo = document.querySelector('[data-testid=photo]'); await photo.decode(); "
                + "return [photo.naturalWidth, photo.naturalHeight]; }");
        return (size[0], size[1]);
    }

    /// <summary>How much wider the page is than the window; 0 where nothing has to be scrolled sideways.</summary>
    public static Task<int> OverflowAsync(IPage page)
        => page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
