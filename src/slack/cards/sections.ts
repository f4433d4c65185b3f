/** Lines as sections of one message. Slack: 3,000 characters a section, 12,000 in all texts of the blocks together. */

const longestSection = 2_900;
const longestMessage = 11_500;
const tailRoom = '… and 99999 more lines.'.length + 1;

/** The first lines that fit into one message of at most `most` characters, then how many more there are. */
export function fitting(lines: readonly string[], most: number = longestMessage): string[] {
  let size = 0;
  const cut = lines.findIndex((text) => (size += text.length + 1) > most - tailRoom);
  if (cut < 0) return [...lines];
  const left = lines.length - cut;
  return [...lines.slice(0, cut), `… and ${left} more ${left === 1 ? 'line' : 'lines'}.`];
}

/** Sections of these mrkdwn lines, each within Slack's limit for a section. */
export function sections(lines: readonly string[]): Record<string, unknown>[] {
  const texts: string[] = [];
  for (const text of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= longestSection)
      texts[texts.length - 1] = `${last}\n${text}`;
    else texts.push(text);
  }
  return texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }));
}
