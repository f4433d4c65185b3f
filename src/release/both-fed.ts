/**
 * Has a system of the users feed what is written to both colors, from a stage to the end of its release. What is to be
 * called is in the record before it is called, and is called until it is answered. See docs/way-back.md#both-fed.
 */
import { addHistory, markCard, notify } from './draft.ts';
import type { Draft } from './draft.ts';
import { isBadSettings } from './fault.ts';
import type { Fed } from './fed-schema.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import { releaseLeft } from './no-way-back.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import type { Adapters, HookCall } from './ports.ts';
import type { Release, ServiceRecord } from './release.ts';
import { save } from './save.ts';

/** The pauses between two calls, ms: each twice as long as the one before, up to the last. */
const againMs = { first: 1_000, last: 60_000 };
/** How often it is looked whether a release has ended, ms. */
const lookMs = 1_000;
const actor = { kind: 'system', rule: 'mirror-hook' } as const;

/** The prefix in the agenda of services with such calls. */
export const feedDue = 'feed:';

type FeedHooks = NonNullable<Adapters['feedHooks']>;

/** The statuses of a release that both colors are fed for. */
const feeding: ReadonlySet<Release['status']> = new Set([
  'staged',
  'promoting',
  'baking',
  'reverting',
  'stuck',
]);

/** Notes, in the save that ends a stage, that both colors must be fed from now on. */
export function oweFeed({ record }: Draft, { feedHooks }: Adapters, body: Omit<HookCall, 'step'>): void {
  if (feedHooks === undefined) return;
  const { service: _, ...call } = body;
  const next = { id: crypto.randomUUID(), call, since: fromNow(), callAt: fromNow(), tries: 0, on: false };
  record.fed = [...(record.fed ?? []), next];
}

function hasEnded({ releases, state }: ServiceRecord, { call }: Fed): boolean {
  const [newest] = releases;
  return newest?.id !== call.release || state === 'staging' || !feeding.has(newest.status);
}

/** Returns the calls for the release that is staged or live; undefined: none. */
export function fedNow(record: ServiceRecord): Fed | undefined {
  const newest = record.fed?.at(-1);
  return newest && !newest.ending && !hasEnded(record, newest) ? newest : undefined;
}

/** Whether both colors get what is written, for people; it follows `both fed: `. */
export function fedLine({ on, since, cause }: Fed): Line {
  if (on) return line`yes, since ${{ at: since, show: 'time' }}`;
  return cause === undefined ? line`not yet` : line`no: ${cause}; it is called again until it answers`;
}

/** The same for the dialog of a revert; empty: there is no such hook. */
export function fedSentence(record: ServiceRecord): string {
  const fed = fedNow(record);
  if (!fed || fed.call.release !== releaseLeft(record)?.id) return '';
  return fed.on ? ' Both colors are fed: the way back has the writes.' : ' The colors are not both fed.';
}

/**
 * Calls what is owed of a service, the oldest first. Resolves to when to look again, ms; undefined: nothing is owed.
 * `for-others`: its settings cannot be read here.
 */
export async function watchFeed(
  parts: Parts,
  service: string,
  over: AbortSignal,
): Promise<number | 'for-others' | undefined> {
  const { record, now } = await parts.store.load(service);
  const fed = record?.fed?.[0];
  if (!record || fed === undefined) return undefined;
  const ends = fed.ending === true || hasEnded(record, fed);
  if (ends && !fed.ending) {
    // In the record first: the next look calls `off`, too, and none calls `on` any more.
    await change(parts, service, fed, (_, of) =>
      Object.assign(of, { ending: true, tries: 0, callAt: fromNow() }),
    );
    return 0;
  }
  if (!ends && fed.on) return lookMs;
  if (fed.callAt > now) return Math.min(fed.callAt - now, lookMs);
  let hooks: FeedHooks | undefined;
  try {
    hooks = parts.adapters(service, settingsOf(parts, record)).feedHooks;
  } catch (cause) {
    if (isBadSettings(cause)) return 'for-others';
    throw cause;
  }
  const which = ends ? 'off' : 'on';
  const said = hooks ? await call(hooks, which, service, fed, over) : undefined;
  if (over.aborted) return lookMs;
  if (said !== undefined) parts.log.warn({ service, reason: said }, `mirror.hook.${which} failed`);
  await change(parts, service, fed, (draft, of) => {
    // `on` that was answered while its release ended must be taken back.
    if (of.ending === true && which === 'on') return;
    noteAnswer(draft, of, which, hooks ? said : 'gone');
  });
  return lookMs;
}

async function call(
  hooks: FeedHooks,
  which: 'on' | 'off',
  service: string,
  { id, call: body }: Fed,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hook = hooks[which];
  const answer = await hook.call(
    { service, ...body, step: `mirror.${which}` },
    `${id}/mirror.${which}`,
    signal,
  );
  if (answer.ok) return undefined;
  return answer.reason.startsWith(hook.name) ? answer.reason : `${hook.name}: ${answer.reason}`;
}

/** Changes one entry of the newest record, whatever was saved meanwhile. */
async function change(
  parts: Parts,
  service: string,
  { id }: Fed,
  write: (draft: Draft, of: Fed) => void,
): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { record, now } = await parts.store.load(service);
    if (!record?.fed?.some((each) => each.id === id)) return;
    const saved = await save(parts, record, now, (draft) => {
      const of = draft.record.fed?.find((each) => each.id === id);
      if (of) write(draft, of);
    });
    if (saved) return;
  }
}

/** Notes what became of a call. People hear once that it fails, and when it is answered. `gone`: it is no longer set. */
function noteAnswer(draft: Draft, of: Fed, which: 'on' | 'off', cause: string | undefined): void {
  const { record } = draft;
  const { service } = record;
  const failed = of.cause !== undefined;
  if (cause !== undefined && cause !== 'gone') {
    const text =
      which === 'on'
        ? line`Warning: the colors of ${service} are not both fed: ${cause}. It is called again until it answers.`
        : line`Both colors of ${service} may still be fed: ${cause}. It is called again until it answers.`;
    if (!failed) tell(draft, of, text);
    of.cause = cause;
    of.callAt = fromNow(Math.min(againMs.first * 2 ** Math.min(of.tries, 10), againMs.last));
    of.tries += 1;
    return;
  }
  if (cause === 'gone')
    tell(
      draft,
      of,
      line`The settings of ${service} have no mirror.hook any more: what feeds both colors is left as it is.`,
    );
  else if (which === 'on') {
    delete of.cause;
    Object.assign(of, { on: true, tries: 0 });
    return tell(draft, of, line`Both colors of ${service} are fed.`);
  } else tell(draft, of, line`Both colors of ${service} are no longer fed.`);
  const left = record.fed?.filter((each) => each !== of) ?? [];
  if (left.length === 0) delete record.fed;
  else record.fed = left;
}

function tell(draft: Draft, { call: { release } }: Fed, text: Line): void {
  const known = draft.record.releases.some((each) => each.id === release);
  markCard(draft);
  addHistory(draft, actor, 'both-fed', text);
  notify(draft, 'event', text, known ? { release } : {});
}
