// The words of scripts in the reader's language. English stands in the sources and is the key; the page carries the
// others.
const carried = document.getElementById('texts');
const texts = carried ? JSON.parse(carried.content) : {};
const language = carried?.dataset.language ?? 'en';
// Digits as in the texts of the server, in every language.
export const locale = language + '-u-nu-latn';
const forms = new Intl.PluralRules(locale);
const digits = new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 4 });

const fill = (text, values) => text.replace(
  /\{(\d)\}/g, (_, n) => typeof values[n] === 'number' ? digits.format(values[n]) : values[n]);

// A text; values stand in it as {0}, {1} and so on.
export const t = (english, ...values) => fill(texts[english] ?? english, values);

// A number with its noun: {0} is the number, further values follow.
export function plural(number, one, many, ...values) {
  const english = number === 1 ? one : many;
  return fill(
    language === 'en' ? english : texts[`${many}|${forms.select(number)}`] ?? texts[`${many}|other`] ?? english,
    [number, ...values]);
}
