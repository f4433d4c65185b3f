import { StringDecoder } from 'node:string_decoder';

const mostLines = 50;
const mostCharacters = 8_000;
const longestLine = 1_000;
const escape = String.fromCodePoint(27);
/** What a terminal takes for colors, and for moves of its cursor. */
const forTerminals = new RegExp(`${escape}(?:\\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z^-~])`, 'g');

/** The end of an output that comes in pieces, possibly over several streams; bounded. */
export interface LastLines {
  /** Makes a reader for one more stream; lines of different streams are not mixed. */
  reader(): (chunk: Buffer) => void;
  /** The last lines, at most 50 and 8,000 characters; unfinished lines are included. */
  end(): string[];
}

/** What must not be shown of a line. `longest`: length of the longest text that `text` replaces, in characters. */
export interface Hide {
  text(line: string): string;
  longest: number;
}

/**
 * Makes the collector. `onLine`: called with each nonempty line as it comes, without colors; a long one is cut. `hide`
 * sees a line before it is cut: of a secret that is cut nobody knows any more that it is one.
 */
export function lastLines(
  onLine: (line: string) => void = () => {},
  hide: Hide = { text: (line) => line, longest: 0 },
): LastLines {
  const kept = longestLine + hide.longest;
  const lines: string[] = [];
  let size = 0;
  const open: (() => void)[] = [];
  const add = (text: string): void => {
    const plain = text.replace(forTerminals, '').replace(/\r$/, '').slice(0, kept);
    const line = hide.text(plain).slice(0, longestLine);
    if (line.trim() === '') return;
    lines.push(line);
    size += line.length;
    while (lines.length > mostLines || size > mostCharacters) size -= lines.shift()?.length ?? 0;
    onLine(line);
  };
  return {
    reader() {
      const decoder = new StringDecoder('utf8');
      let rest = '';
      open.push(() => add(rest + decoder.end()));
      return (chunk) => {
        const [last = '', ...whole] = decoder.write(chunk).split('\n').reverse();
        for (const line of whole.reverse()) {
          add(rest + line);
          rest = '';
        }
        // A line without an end keeps only as much as is looked at.
        if (rest.length < kept) rest += last;
      };
    },
    end() {
      for (const close of open.splice(0)) close();
      return lines;
    },
  };
}
