/** Numbers that JSON does not have, but Python's `json.dumps` and others write. */
const noNumber = /(?<![\w.])-?(?:NaN|Infinity)(?!\w)/g;

/** The text with null in place of `NaN`, `Infinity` and `-Infinity` outside of strings. */
export function withoutNaN(text: string): string {
  let out = '';
  for (let at = 0; ; ) {
    const open = text.indexOf('"', at);
    out += text.slice(at, open < 0 ? text.length : open).replaceAll(noNumber, 'null');
    if (open < 0) return out;
    at = endOfString(text, open);
    out += text.slice(open, at);
  }
}

/** The index after the closing quote of the string that begins at `open`. */
function endOfString(text: string, open: number): number {
  for (let close = open; ; ) {
    close = text.indexOf('"', close + 1);
    if (close < 0) return text.length;
    let before = close;
    while (text[before - 1] === '\\') before -= 1;
    if ((close - before) % 2 === 0) return close + 1;
  }
}
