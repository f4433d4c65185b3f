/** Characters that show nothing (zero-width ones, soft hyphens, direction marks), except inside an emoji. */
const unseen = /(?<!\p{Extended_Pictographic})\p{Default_Ignorable_Code_Point}/gu;

/** Returns a text as it looks: without the invisible characters that phones, composers and paste buffers insert. */
export function withoutInvisible(text: string): string {
  return text.replaceAll(unseen, '');
}

/** C0 and C1 controls. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f]/gu;

/** Returns a text without control characters, including line ends and tabs. */
export function withoutControls(text: string): string {
  return text.replaceAll(controls, '');
}
