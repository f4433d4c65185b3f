import { z } from 'zod';
import { plainText } from '../net/answer-path.ts';
import { type Color, colorSchema } from '../release/color.ts';
import type {
  Heading,
  PointAnswer,
  ReadyAnswer,
  Router,
  RouterAnswer,
  WriteLeave,
} from '../release/ports.ts';
import { backendsCommand, readBackends } from './haproxy-ready.ts';
import { addressPattern, askHaproxy } from './haproxy-socket.ts';
import { writeMapFile } from './map-file.ts';

const readDeadlineMs = 2000;
/** At most 1 s for a write: it must fit in the service lease (SPEC 3.1). */
const writeDeadlineMs = 1000;
const answerBytes = 64 * 1024;
const mapBytes = 4 * 1024 * 1024;

/** A name that goes into a command as it is; nothing in it can end the command or begin another (SPEC 8). */
const nameSchema = z.string().regex(/^[A-Za-z0-9_.:/-]+$/, 'must consist of letters, digits and _ . : / -');
const addressSchema = z
  .string()
  .regex(addressPattern, 'must be tcp://host:port or unix:/path')
  .refine((address) => Number(/:(\d+)$/.exec(address)?.[1] ?? 1) <= 65_535, 'has a port above 65535');

/** Options of a router that is HAProxy with a map (SPEC 8). */
export const haproxyRouterOptions = z.strictObject({
  kind: z.literal('haproxy'),
  address: z.union([
    addressSchema.transform((one) => [one]),
    z
      .array(addressSchema)
      .min(1)
      .max(64)
      .refine((all) => new Set(all).size === all.length, 'names an instance twice'),
  ]),
  map: nameSchema,
  key: nameSchema,
  values: z
    .strictObject({ blue: nameSchema, green: nameSchema })
    .refine((values) => values.blue !== values.green, 'must differ for blue and green')
    .default({ blue: 'blue', green: 'green' }),
  mapFile: z.string().startsWith('/', 'must be an absolute path').optional(),
});

export type HaproxyRouterOptions = z.output<typeof haproxyRouterOptions>;

/** HAProxy, asked and told through its runtime API; each instance by itself. */
export function haproxyRouter(options: HaproxyRouterOptions): Router {
  const { address: instances, map, key, values, mapFile } = options;

  async function ask(instance: string, signal: AbortSignal): Promise<RouterAnswer> {
    const command = `get map ${map} ${key}`;
    const reply = await askHaproxy({
      address: instance,
      command,
      deadlineMs: readDeadlineMs,
      maxBytes: answerBytes,
      signal,
    });
    if (reply.outcome !== 'answered') return { instance, heading: 'unreachable', detail: reply.detail };
    return { instance, ...readEntry(reply.text, options) };
  }

  async function ready(instance: string, color: Color, signal: AbortSignal): Promise<ReadyAnswer> {
    const reply = await askHaproxy({
      address: instance,
      command: backendsCommand(values, color),
      deadlineMs: readDeadlineMs,
      maxBytes: answerBytes,
      signal,
    });
    if (reply.outcome !== 'answered') return { instance, ready: 'unreachable', detail: reply.detail };
    return { instance, ...readBackends(reply.text, values[color]) };
  }

  async function point(instance: string, color: Color, leave: WriteLeave): Promise<PointAnswer> {
    const set = await write(instance, `set map ${map} ${key} ${values[color]}`, leave);
    if (!set.missing) return set.answer;
    return (await write(instance, `add map ${map} ${key} ${values[color]}`, leave)).answer;
  }

  const router: Router = {
    instances,
    live: (signal) => Promise.all(instances.map((instance) => ask(instance, signal))),
    ready: (color, signal) => Promise.all(instances.map((instance) => ready(instance, color, signal))),
    point: (color, _epoch, leave, only) =>
      Promise.all(
        instances
          .filter((instance) => only === undefined || only.includes(instance))
          .map((instance) => point(instance, color, leave)),
      ),
  };
  if (mapFile === undefined) return router;
  return { ...router, persist: (color, signal) => writeMapFile(mapFile, key, values[color], signal) };
}

/** Asks one instance for all entries of one map: key to value; or a sentence that says why there is no answer. */
export async function showMap(
  address: string,
  map: string,
  signal: AbortSignal,
): Promise<{ heading: 'unknown' | 'unreachable'; detail: string } | Map<string, string>> {
  const reply = await askHaproxy({
    address,
    command: `show map ${map}`,
    deadlineMs: readDeadlineMs,
    maxBytes: mapBytes,
    signal,
  });
  if (reply.outcome !== 'answered') return { heading: 'unreachable', detail: reply.detail };
  const entries = new Map<string, string>();
  for (const line of reply.text.split('\n')) {
    if (line === '') continue;
    const [, key, value] = /^0x[0-9a-f]+ (\S+) ?(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) return { heading: 'unknown', detail: plainText(line, 200) };
    // Of equal keys HAProxy uses the first.
    if (!entries.has(key)) entries.set(key, value);
  }
  return entries;
}

/** Reads a value of the map as a color. */
export function headingOf(
  value: string | undefined,
  options: HaproxyRouterOptions,
): { heading: Heading; detail?: string } {
  if (value === undefined) return { heading: 'unknown', detail: `map has no entry ${options.key}` };
  const color = colorSchema.options.find((one) => options.values[one] === value);
  if (color !== undefined) return { heading: color };
  return { heading: 'unknown', detail: `map says "${plainText(value, 64)}"` };
}

/** Reads `type=str, case=sensitive, found=yes, idx=tree, key="checkout", value="blue", type="str"`. */
function readEntry(text: string, options: HaproxyRouterOptions): { heading: Heading; detail?: string } {
  if (/, found=no\b/.test(text)) return headingOf(undefined, options);
  const [, key, value] = /, found=yes\b.*, key="([^"]*)", val(?:ue)?="([^"]*)"/.exec(text) ?? [];
  // A map that matches by prefix or pattern may answer with another entry, which `set map` would not change.
  if (key === options.key && value !== undefined) return headingOf(value, options);
  return { heading: 'unknown', detail: plainText(text, 200) };
}

/** One write of one command. `missing`: the map has no such entry. */
async function write(
  instance: string,
  command: string,
  leave: WriteLeave,
): Promise<{ answer: PointAnswer; missing: boolean }> {
  const reply = await askHaproxy({
    address: instance,
    command,
    deadlineMs: writeDeadlineMs,
    maxBytes: answerBytes,
    signal: leave.signal,
    mayWrite: () => leave.mayWrite(),
  });
  if (reply.outcome !== 'answered') return { answer: { instance, ...reply }, missing: false };
  if (reply.text === '') return { answer: { instance, outcome: 'taken' }, missing: false };
  const missing = /^entry not found\.?$/i.test(reply.text);
  return { answer: { instance, outcome: 'refused', detail: plainText(reply.text, 200) }, missing };
}
