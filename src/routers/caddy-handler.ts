/** Reads one `reverse_proxy` handler of Caddy's configuration: where its upstreams lead. Pure. */
import { oneLineText } from '../net/answer-path.ts';
import { type Color, colorSchema } from '../release/color.ts';
import type { Repairable } from '../release/ports.ts';

/** An upstream as Caddy stores it. Its other fields are kept. */
export type Upstream = Record<string, unknown> & { dial: string };

/** Where a handler sends traffic. `detail`: why that is no color, for people. */
export interface HandlerTarget extends Repairable {
  heading: Color | 'unknown';
  detail?: string;
  /** The upstreams that a switch may replace; undefined: they are foreign, or cannot be switched. */
  upstreams?: readonly Upstream[];
  /** Failed requests after which the handler marks an upstream as down; undefined: it does not count them. */
  maxFails?: number;
}

type Json = Record<string, unknown>;

/** Fields of an upstream that do not change where it leads. */
const harmless = new Set(['dial', 'max_requests', '@id']);

/** Reads the object with this id. `dials`: the address of each color. */
export function readHandler(
  json: unknown,
  id: string,
  dials: Readonly<Record<Color, string>>,
): HandlerTarget {
  const only = `make ${id} dial only ${dials.blue} or ${dials.green}`;
  const unknown = (detail: string, repair = only): HandlerTarget => ({ heading: 'unknown', detail, repair });
  const into = `put the "@id": "${id}" into the reverse_proxy handler itself`;
  if (!isJson(json)) return unknown(`the id ${id} is not that of a reverse_proxy handler`, into);
  if (json['handler'] !== 'reverse_proxy') return unknown(`the id ${id} is that of ${nameOf(json)}`, into);
  if (json['dynamic_upstreams'] != null)
    return unknown(
      `${id} has dynamic_upstreams, which take precedence over its upstreams: they cannot be switched`,
      `take the dynamic_upstreams out of ${id}`,
    );
  const { upstreams } = json;
  if (!Array.isArray(upstreams)) return unknown(`${id} has no upstreams`);
  const read = upstreams.map(readUpstream);
  const maxFails = maxFailsOf(json);
  const more = maxFails === undefined ? {} : { maxFails };
  const foreign = read.find((each) => typeof each === 'string');
  if (foreign !== undefined) return { ...unknown(`${id} ${foreign}`), ...more };
  const known = read as Upstream[];
  const colors = known.map(({ dial }) => colorSchema.options.find((color) => dials[color] === dial));
  const ours = colors.every((color) => color !== undefined);
  const own = { ...(ours && { upstreams: known }), ...more };
  const [first] = colors;
  if (known.length === 1 && first !== undefined) return { heading: first, ...own };
  if (known.length === 0)
    return { heading: 'unknown', detail: `${id} has an empty list of upstreams`, ...own };
  const dialled = known.map(({ dial }, i) => `${oneLineText(dial, 64)} (${colors[i] ?? 'neither color'})`);
  const count = known.length === 1 ? '' : `${known.length} upstreams: `;
  const some = dialled.length > 4 ? [...dialled.slice(0, 4), '…'] : dialled;
  const detail = `${id} dials ${count}${some.join(', ')}`;
  return { ...(ours ? { heading: 'unknown', detail } : unknown(detail)), ...own };
}

/** Upstreams that send everything to one address; other fields of the upstream are kept. */
export function upstreamsTo(dial: string, before: readonly Upstream[]): Upstream[] {
  return [{ ...(before.find((each) => each.dial === dial) ?? before[0]), dial }];
}

/** An upstream, or what is unusual about it. */
function readUpstream(json: unknown): Upstream | string {
  if (!isJson(json) || typeof json['dial'] !== 'string') return 'has an upstream without "dial"';
  const odd = Object.keys(json).find((name) => !harmless.has(name));
  return odd === undefined ? (json as Upstream) : `has an upstream with "${oneLineText(odd, 64)}"`;
}

/** Failures count only where `fail_duration` is set; then one is enough, unless `max_fails` says more. */
function maxFailsOf({ health_checks: checks }: Json): number | undefined {
  const passive = isJson(checks) ? checks['passive'] : undefined;
  if (!isJson(passive) || !passive['fail_duration']) return undefined;
  const most = passive['max_fails'];
  return typeof most === 'number' && most > 0 ? most : 1;
}

function nameOf(json: Json): string {
  if (typeof json['handler'] === 'string') return `a handler ${oneLineText(json['handler'], 64)}`;
  return 'handle' in json || 'match' in json ? 'a route' : 'no handler';
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
