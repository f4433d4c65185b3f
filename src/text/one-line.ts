/** Controls (C0, C1), format characters (bidi, zero-width, tags, soft hyphen, BOM), and letters without a glyph. */
const INVISIBLE =
  /[\p{Cc}\p{Cf}]|\u034f|\u115f|\u1160|\u17b4|\u17b5|[\u180b-\u180f]|\u2065|\u3164|\uffa0|[\u{e0000}-\u{e0fff}]/gu;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** One visible, well-formed line: line breaks become a space; invisible and direction-changing characters go. */
export function oneLine(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  return text.toWellFormed().replace(BREAKS, ' ').replace(INVISIBLE, '');
}
