import { oneLineText } from '../net/answer-path.ts';
import type { Color } from '../release/color.ts';
import type { ReadyAnswer } from '../release/ports.ts';
import type { HaproxyRouterOptions } from './haproxy-options.ts';

/** One instance's answer about the backends of both colors. */
export type HaproxyReadiness = Omit<ReadyAnswer, 'instance'>;

/** Bits of `srv_admin_state`: maintenance by hand, inherited, by configuration, by DNS, by host name; drain twice. */
const out = 0x01 | 0x02 | 0x04 | 0x20 | 0x40 | 0x08 | 0x10;
/** `srv_op_state`: 0 stopped, 1 starting, 2 running, 3 stopping. */
const serving: readonly string[] = ['1', '2'];

type Asked = Pick<HaproxyRouterOptions, 'map' | 'key' | 'values'>;

/** The command for `readBackends`: one line, four questions. */
export function backendsCommand({ map, key, values }: Asked, color: Color): string {
  const other = color === 'blue' ? 'green' : 'blue';
  // The object type 2 is the backend itself.
  return `show servers state ${values[color]};show servers state ${values[other]};show stat ${values[color]} 2 -1;get map ${map} ${key}`;
}

/** What to repair before HAProxy takes a write that it answered with these words; undefined: that is not known. */
export function repairFor(words: string, map: string): string | undefined {
  if (!/^unknown map identifier/i.test(words)) return undefined;
  return `make HAProxy's configuration use the map ${map}, or correct router.map`;
}

/**
 * Reads whether HAProxy could serve a color whose value in the map is `backend`. A map whose values name no backend
 * (`use_backend be_%[…]`) says nothing about the servers.
 */
export function readBackends(text: string, backend: string, map = ''): HaproxyReadiness {
  const parts = text.split(/\n\n+/).map((part) => part.trim());
  const [own = '', other = '', stat = '', entry = ''] = parts;
  const unknown = repairFor(entry, map);
  if (unknown !== undefined)
    return {
      ready: 'no',
      lasting: true,
      detail: `HAProxy says "${oneLineText(entry, 100)}"`,
      repair: unknown,
    };
  const missing = (part: string): boolean => /^can't find backend\b/i.test(part);
  if (missing(own) && missing(other))
    return {
      ready: 'unknown',
      lasting: true,
      detail: `the values of the map name no backends of HAProxy, so it cannot be seen whether ${backend} could serve`,
    };
  if (missing(own)) return { ready: 'no', lasting: true, detail: `HAProxy has no backend ${backend}` };
  const servers = rowsOf(own);
  if (servers === undefined)
    return {
      ready: 'unknown',
      detail: `HAProxy does not say whether ${backend} could serve: "${oneLineText(own, 100)}"`,
    };
  if (isDisabled(stat)) return { ready: 'no', detail: `HAProxy's backend ${backend} is disabled` };
  if (servers.length === 0) return { ready: 'no', detail: `HAProxy's backend ${backend} has no server` };
  if (servers.some(isUp)) return { ready: 'yes' };
  return { ready: 'no', detail: `HAProxy has no server of ${backend} up` };
}

/** The servers in an answer to `show servers state`, by the names in its header; undefined: not such an answer. */
function rowsOf(text: string): Map<string, string>[] | undefined {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('# '));
  const names = lines[at]?.slice(2).trim().split(/\s+/) ?? [];
  if (!names.includes('srv_op_state') || !names.includes('srv_admin_state')) return undefined;
  return lines
    .slice(at + 1)
    .filter((line) => line.trim() !== '')
    .map((line) => new Map(line.split(' ').map((value, i) => [names[i] ?? '', value])));
}

function isUp(server: Map<string, string>): boolean {
  const admin = Number(server.get('srv_admin_state'));
  return (
    serving.includes(server.get('srv_op_state') ?? '') &&
    (admin & out) === 0 &&
    server.get('srv_uweight') !== '0'
  );
}

/** True for a disabled backend, which has its header in the counters and no row. Other answers do not say. */
function isDisabled(stat: string): boolean {
  const lines = stat.split('\n').filter((line) => line !== '');
  return lines.length === 1 && lines[0]?.startsWith('# pxname,') === true;
}

/** The present sessions of a backend, from its counters. */
export function readSessions(stat: string): number | undefined {
  const [names = '', row] = stat.split('\n');
  const at = names.split(',').indexOf('scur');
  const count = Number(row?.split(',')[at] ?? Number.NaN);
  return at >= 0 && Number.isInteger(count) ? count : undefined;
}
