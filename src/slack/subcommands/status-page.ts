import { line } from '../../release/line.ts';
import { loadViews } from '../../text/load-view.ts';
import { ranked, statusRow } from '../../text/status-lines.ts';
import type { Reply, ReplyButton } from '../reply.ts';
import { singleFlight } from './single-flight.ts';
import type { Desk } from './subcommand.ts';

const rowsAPage = 20;

/**
 * All services, those that need attention first, 20 rows from page `page` (0 is the first; beyond the last is the
 * last).
 */
export async function statusPage(page: number, desk: Pick<Desk, 'store' | 'catalog'>): Promise<Reply> {
  let look = looks.get(desk.store);
  if (look === undefined) {
    look = singleFlight(async () => ranked(await loadViews(desk)));
    looks.set(desk.store, look);
  }
  const { views, attention } = await look();
  if (views.length === 0) return { lines: [line`status: no service is configured.`] };
  const last = Math.ceil(views.length / rowsAPage) - 1;
  const shown = Math.min(Math.max(page, 0), last);
  const where = last === 0 ? '' : `, page ${shown + 1} of ${last + 1}`;
  const buttons: ReplyButton[] = [
    ...(shown > 0 ? [pageButton('Previous', shown - 1)] : []),
    ...(shown < last ? [pageButton('Next', shown + 1)] : []),
  ];
  return {
    lines: [
      line`status: ${views.length} ${views.length === 1 ? 'service' : 'services'}, needing attention: ${attention}${where}.`,
      ...views.slice(shown * rowsAPage, (shown + 1) * rowsAPage).map(statusRow),
    ],
    ...(buttons.length > 0 ? { buttons } : {}),
  };
}

/** One shared look for each process: thousands of records are read once for all callers at the same time. */
const looks = new WeakMap<object, () => Promise<ReturnType<typeof ranked>>>();

function pageButton(label: string, page: number): ReplyButton {
  return { action: 'status.page', label, value: JSON.stringify({ p: page }) };
}
