import { z } from 'zod';

/**
 * A sentence for people, in parts, so that text from outside can never become markup: strings are literal, and only
 * the other parts can mention, link or format. Edges render it (Slack: `slack/cards/mrkdwn.ts`).
 */
const partSchema = z.union([
  z.string(),
  z.object({ user: z.string() }),
  z.object({ group: z.string() }),
  z.object({ at: z.number(), show: z.enum(['time', 'clock', 'seconds']).optional() }),
  z.object({ code: z.string(), run: z.literal(true).optional() }),
  z.object({ bold: z.string() }),
  z.object({ url: z.string(), label: z.string() }),
]);
/** Reads a stored line. */
export const lineSchema = z.array(partSchema);

/**
 * A part of a line. `user`, `group`: Slack ids from the configuration or a signed payload; they mention. `at`: an
 * instant, in the reader's own time; `show`: only the time of day (`clock`: with seconds), or date and time with seconds. `code`, `bold`: literal text, set
 * off. `run`: the words of a command without its name, which each edge puts in front. `url`: an https link from the
 * configuration.
 */
export type Part = z.infer<typeof partSchema>;
/** A sentence in parts. */
export type Line = Part[];

/**
 * The tag of a template that builds a `Line`: line`${mention(actor)} promotes it.` has literals and parts in order.
 * Numbers become text; a nested line is spliced in.
 */
export function line(strings: TemplateStringsArray, ...parts: (Part | Line | number | undefined)[]): Line {
  const out: Line = [];
  strings.forEach((text, i) => {
    if (text !== '') out.push(text);
    const part = parts[i];
    if (part === undefined) return;
    if (Array.isArray(part)) out.push(...part);
    else out.push(typeof part === 'number' ? String(part) : part);
  });
  return out;
}

/** Returns a command to type, by its words after the name: `/release status demo` or `switchback status demo`. */
export function typed(words: string): Part {
  return { code: words, run: true };
}

/** Joins lines into one, with `between` between each two. */
export function joinedBy(between: string, lines: readonly Line[]): Line {
  return lines.flatMap((each, i): Line => (i === 0 ? each : [between, ...each]));
}

/** Returns free text with a full stop, unless it ends like a sentence, so that another sentence can follow. */
export function asSentence(text: string): string {
  return /[.!?…]$/u.test(text) ? text : `${text}.`;
}

/** Returns what to do, given without capital and full stop, as a sentence. */
export function order(text: string): string {
  return asSentence(text.charAt(0).toUpperCase() + text.slice(1));
}

/** Returns the line as plain text, for logs and terminals. */
export function plain(parts: Line): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('user' in part) return `@${part.user}`;
      if ('group' in part) return `@${part.group}`;
      if ('at' in part) return new Date(part.at).toISOString();
      if ('code' in part) return part.run ? `switchback ${part.code}` : part.code;
      if ('bold' in part) return part.bold;
      return part.label;
    })
    .join('');
}
