/** Characters that show nothing (zero-width ones, soft hyphens, direction marks). Those that belong to an emoji stay. */
const unseen = /(?<!\p{Extended_Pictographic})\p{Default_Ignorable_Code_Point}/gu;

/** A text as it looks: without what phones, composers and paste buffers put in and nobody sees. */
export function withoutInvisible(text: string): string {
  return text.replaceAll(unseen, '');
}

/** C0 and C1 controls. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f]/gu;

/** A text without control characters, line ends and tabs among them. */
export function withoutControls(text: string): string {
  return text.replaceAll(controls, '');
}
