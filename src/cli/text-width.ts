/** East Asian letters and emoji take two cells of a terminal, marks on the letter before none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const NARROW = /\p{M}|\u200b|\u200d/u;

export function textWidth(text: string): number {
  let width = 0;
  for (const each of text) width += widthOf(each);
  return width;
}

/** Cut to that many cells, with `…` where something is missing. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let [kept, used] = ['', 0];
  for (const each of text) {
    used += widthOf(each);
    if (used > width - 1) break;
    kept += each;
  }
  return width > 0 ? `${kept}…` : '';
}

function widthOf(letter: string): number {
  return NARROW.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
}
