import type { Actor } from '../../release/actor.ts';
import { actorId } from '../../release/actor.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { HistoryEntry } from '../../release/store.ts';
import { known } from './reading.ts';
import type { Subcommand } from './subcommand.ts';

const usual = 10;
/** What fits into one message. */
const most = 50;

/** `history <service> [n]`: the newest entries, newest first. */
export const history: Subcommand = {
  verb: 'history',
  usage: 'history <service> [n]',
  service: 'required',
  rest: 'count',
  summary: 'Show who did what, newest first.',
  example: 'history checkout 20',
  roles: [],
  async run(args, context) {
    const service = args.service ?? '';
    // A configured service exists, whatever its record says.
    const found = context.catalog.find(service) ?? (await known(service, context));
    if ('reply' in found) return found.reply;
    const asked = args.rest === '' ? usual : Number(args.rest);
    const entries = await context.store.history(service, Math.min(asked, most));
    const cut = asked > most && entries.length === most ? `, at most ${most} are shown` : '';
    if (entries.length === 0) return { lines: [line`history ${service}: nothing has happened yet.`] };
    return {
      lines: [line`history ${service}: the newest ${entries.length}${cut}.`, ...entries.map(entryLine)],
    };
  },
};

/** One entry. Where the answer is seen by others (in a thread), `drawReply` names people without mentioning them. */
export function entryLine(entry: HistoryEntry): Line {
  const code: Line = entry.code === undefined ? [] : [' ', { code: entry.code }];
  const times = (entry.times ?? 1) > 1 ? ` (${entry.times} times)` : '';
  return line`${{ at: entry.at }} · ${name(entry.actor)} · ${{ bold: entry.what }}${code}${entry.text.length === 0 ? [] : [' · ', ...entry.text]}${times}`;
}

function name(actor: Actor): Line {
  return actor.kind === 'slack' ? [{ user: actor.user }] : [actorId(actor)];
}
