/** Reads maps of HAProxy: the commands and their answers. */
import { oneLineText } from '../net/answer-path.ts';
import { colorSchema } from '../release/color.ts';
import type { Heading, Repairable } from '../release/ports.ts';
import type { HaproxyRouterOptions } from './haproxy-options.ts';
import { repairFor } from './haproxy-ready.ts';
import { askHaproxy } from './haproxy-socket.ts';

const readDeadlineMs = 2000;
/** Most bytes of a map that is read whole; of a larger one, only the needed entries. */
const mapBytes = 1024 * 1024;
const answerBytes = 64 * 1024;
/** Most characters of a command: HAProxy reads a line into a buffer of 16 kB. */
const commandLength = 8000;

/** Where an entry points, and why that is no color. */
export interface Entry extends Repairable {
  heading: Heading;
  detail?: string;
}

/** One map of one instance. `wanted`: the options of the services in it. */
export interface MapQuestion {
  address: string;
  map: string;
  wanted: readonly HaproxyRouterOptions[];
}

/**
 * Where these services' entries of one map point, in order: by one command for the whole map, and by one for each
 * needed entry where the map is large, or where a line of it is ambiguous.
 */
export async function readMap(question: MapQuestion, signal: AbortSignal): Promise<Entry[]> {
  const shown = await showMap(question, signal);
  if (shown.way === 'none') return question.wanted.map(() => shown.entry);
  const found = question.wanted.map((options) => {
    if (shown.way === 'each') return undefined;
    const value = shown.entries.get(options.key);
    const entry = headingOf(value, options);
    // "checkout b" may be a value of `checkout`, or the end of a key with a blank in it: only `get map` says which.
    return value === undefined || entry.heading !== 'unknown' ? entry : undefined;
  });
  const open = question.wanted.filter((_, i) => found[i] === undefined);
  if (open.length === 0) return found as Entry[];
  const asked = await getEntries({ ...question, wanted: open }, signal);
  return question.wanted.map((options, i) => found[i] ?? (asked.get(options) as Entry));
}

type Shown =
  | { way: 'all'; entries: Map<string, string> }
  /** The map can only be read entry by entry. */
  | { way: 'each' }
  | { way: 'none'; entry: Entry };

async function showMap({ address, map }: MapQuestion, signal: AbortSignal): Promise<Shown> {
  const reply = await askHaproxy({
    address,
    command: `show map ${map}`,
    deadlineMs: readDeadlineMs,
    maxBytes: mapBytes,
    signal,
  });
  if (reply.outcome !== 'answered') {
    if (reply.begun === true) return { way: 'each' };
    return { way: 'none', entry: { heading: 'unreachable', detail: reply.detail } };
  }
  const entries = new Map<string, string>();
  for (const line of reply.text.split('\n')) {
    if (line === '') continue;
    const [, key, value] = /^0x[0-9a-f]+ ([^ ]+) ?(.*)$/.exec(line) ?? [];
    // An unreadable line affects only itself; where HAProxy answers without a map, `get map` gives the reason too.
    if (key === undefined || value === undefined) return { way: 'each' };
    // Of equal keys HAProxy uses the first.
    if (!entries.has(key)) entries.set(key, value);
  }
  return { way: 'all', entries };
}

/** Reads entries one by one, as many in a command as fit. */
async function getEntries(
  { address, map, wanted }: MapQuestion,
  signal: AbortSignal,
): Promise<Map<HaproxyRouterOptions, Entry>> {
  const found = new Map<HaproxyRouterOptions, Entry>();
  let rest = [...wanted];
  while (rest.length > 0) {
    const one = `get map ${map} `.length + Math.max(...rest.map(({ key }) => Buffer.byteLength(key))) + 1;
    const some = rest.slice(0, Math.max(1, Math.floor(commandLength / one)));
    rest = rest.slice(some.length);
    const reply = await askHaproxy({
      address,
      command: some.map(({ key }) => getCommand(map, key)).join(';'),
      deadlineMs: readDeadlineMs,
      maxBytes: answerBytes * 16,
      signal,
    });
    const parts = reply.outcome === 'answered' ? reply.text.split(/\n\n+/) : [];
    for (const [i, options] of some.entries())
      found.set(
        options,
        reply.outcome === 'answered'
          ? readEntry((parts[i] ?? '').trim(), options)
          : { heading: 'unreachable', detail: reply.detail },
      );
  }
  return found;
}

/** Reads one entry from one instance. */
export async function askEntry(
  address: string,
  options: HaproxyRouterOptions,
  signal: AbortSignal,
): Promise<Entry> {
  const reply = await askHaproxy({
    address,
    command: getCommand(options.map, options.key),
    deadlineMs: readDeadlineMs,
    maxBytes: answerBytes,
    signal,
  });
  if (reply.outcome !== 'answered') return { heading: 'unreachable', detail: reply.detail };
  return readEntry(reply.text, options);
}

function getCommand(map: string, key: string): string {
  return `get map ${map} ${key}`;
}

/** Reads a value of the map as a color. */
function headingOf(value: string | undefined, { key, values }: HaproxyRouterOptions): Entry {
  if (value === undefined)
    return {
      heading: 'unknown',
      detail: `map has no entry ${key}; add the line "${key} ${values.blue}" or "${key} ${values.green}", whichever serves now`,
    };
  const color = colorSchema.options.find((one) => values[one] === value);
  if (color !== undefined) return { heading: color };
  return { heading: 'unknown', detail: `map says "${oneLineText(value, 64)}"` };
}

/** Reads `type=str, case=sensitive, found=yes, idx=tree, key="checkout", value="blue", type="str"`. */
function readEntry(text: string, options: HaproxyRouterOptions): Entry {
  if (/, found=no\b/.test(text)) return headingOf(undefined, options);
  const [, key, value] =
    /, found=yes\b.*?, key="(.*?)", val(?:ue)?="(.*?)"(?:, type="[^"]*")?$/s.exec(text) ?? [];
  // A map that matches by prefix or pattern may return another entry, which `set map` would not change.
  if (key === options.key && value !== undefined) return headingOf(value, options);
  if (isMaster(text))
    return {
      heading: 'unknown',
      detail: "that is HAProxy's master socket; name the stats socket of its worker",
    };
  return { heading: 'unknown', detail: oneLineText(text, 200), repair: repairFor(text, options.map) };
}

/** True for the answer of the master process, which lists its own commands. */
function isMaster(text: string): boolean {
  return /^unknown command/i.test(text) && /^\s*@(?:master|!?<)/m.test(text);
}
