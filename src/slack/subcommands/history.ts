import { line, typed } from '../../release/line.ts';
import { folded, toldLine } from '../../text/history-lines.ts';
import { loadView } from '../../text/load-view.ts';
import { refusalReply } from '../reply.ts';
import type { Subcommand } from './subcommand.ts';

const usual = 10;
/** Most entries in one message. */
const most = 50;
/** Entries read for each line: steps and refusals take none of their own. */
const readForEach = 10;

/** `history <service> [n] [--refused]`: the newest entries, newest first. */
export const history: Subcommand = {
  verb: 'history',
  usage: 'history <service> [n] [--refused]',
  service: 'required',
  rest: 'count',
  options: { refused: 'flag' },
  summary: 'Show who did what, newest first; with --refused also what was refused.',
  example: 'history checkout 20',
  roles: [],
  async run(args, context) {
    const service = args.service ?? '';
    // A configured service exists, even without a readable record.
    const found = context.catalog.find(service) ?? (await loadView(service, context));
    if ('refusal' in found) return refusalReply(found.refusal);
    const asked = Math.min(args.rest === '' ? usual : Number(args.rest), most);
    const entries = await context.store.history(service, asked * readForEach);
    const { told, hidden } = folded(entries, asked, args.options.has('refused'));
    const cut = Number(args.rest) > most && told.length === most ? `, at most ${most} are shown` : '';
    if (told.length === 0 && hidden === 0)
      return { lines: [line`history ${service}: nothing has happened yet.`] };
    const more =
      hidden === 0
        ? []
        : [line`${hidden} refused, not shown: ${typed(`history ${service} --refused`)} shows them.`];
    return {
      lines: [line`history ${service}: the newest ${told.length}${cut}.`, ...told.map(toldLine), ...more],
    };
  },
};
