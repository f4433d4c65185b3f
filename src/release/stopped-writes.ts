/**
 * Stops the writes of clients by hooks while a switch moves traffic. That they must go on again is in the record
 * before they are stopped, and is asked for until it is answered. See docs/held-writes.md#hooks-of-your-own.
 */
import { addHistory, markCard, notify } from './draft.ts';
import type { Draft } from './draft.ts';
import { isBadSettings } from './fault.ts';
import type { Holding } from './held-writes.ts';
import { fromNow } from './instant.ts';
import { asSentence, line } from './line.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import type { Adapters } from './ports.ts';
import type { Operation, ServiceRecord } from './release.ts';
import { underWay } from './release.ts';
import { save } from './save.ts';
import { hookBody } from './steps/context.ts';
import type { StepContext } from './steps/context.ts';
import { withTimeout } from './with-timeout.ts';

/** How long a switch waits for the answer to `off`, ms; then others ask. */
const endedMs = 2_000;
/** The pauses between two calls of `off`, ms: each twice as long as the one before, up to the last. */
const againMs = { first: 1_000, last: 60_000 };
/** How often it is looked whether a switch under way has ended, ms. */
const lookMs = 1_000;

/** The prefix in the agenda of services whose writes must go on. */
export const writesDue = 'writes:';

type WritesHooks = NonNullable<Adapters['writesHooks']>;
type Owed = NonNullable<ServiceRecord['writesOff']>;

/** Notes that writes must go on after this switch, before they are stopped for it. */
export function oweWritesOff({ record }: Draft, context: StepContext, op: Operation): void {
  if (context.adapters.writesHooks === undefined) return;
  const { service: _, ...call } = hookBody(context, op);
  const { cause, tries = 0 } = record.writesOff ?? {};
  record.writesOff = {
    id: crypto.randomUUID(),
    call,
    since: fromNow(),
    callAt: fromNow(),
    tries,
    ...(cause !== undefined && { cause }),
  };
}

/**
 * Makes the stop of one switch. `insists`: it goes on where writes are not stopped; else `refused` says why they are
 * not. Undefined: the service has no such hooks.
 */
export function stopWrites(
  context: StepContext,
  op: Operation,
  { insists }: { insists: boolean },
): Holding | undefined {
  const { parts, session, adapters, writeLog } = context;
  const { writesHooks } = adapters;
  if (writesHooks === undefined) return undefined;
  const owedNow = (): Owed | undefined => session.loaded().record.writesOff;
  const failures: string[] = [];
  let refused: string | undefined;
  let lost = false;
  const commit = async (write: (draft: Draft) => void): Promise<void> => {
    const saved = await session.commit(
      (draft) => {
        write(draft);
        return undefined;
      },
      { despite: true },
    );
    // The session goes on with what it found: a save of this switch would meet that.
    if (saved !== 'ok') lost = true;
  };
  let state: 'before' | 'on' | 'over' = 'before';
  let startedAt = 0;
  return {
    failures,
    get refused() {
      return refused;
    },
    get lost() {
      return lost;
    },
    async begin() {
      if (state !== 'before') return;
      state = 'on';
      const noted = owedNow()?.id;
      // Each `on` has an `off` of its own: a server that remembers keys must not take the second pair for the first.
      const fresh = noted !== undefined && writeLog.touched !== undefined && !writeLog.stops.has(noted);
      if (!fresh) await commit((draft) => oweWritesOff(draft, context, op));
      const owed = owedNow();
      if (owed === undefined || lost || !session.alive()) return;
      writeLog.stops.add(owed.id);
      await parts.agenda.ensure(`${writesDue}${session.loaded().record.service}`, lookMs);
      // Another process may have the lease by now, and may have called `off` already.
      if (!session.permit().mayWrite()) return;
      startedAt = parts.clock.mono();
      const said = await call(writesHooks, 'on', session.loaded().record, owed, session.soft);
      if (said === undefined || session.soft.aborted) return;
      if (insists) failures.push(`writes were not stopped: ${said}`);
      else refused = `writes were not stopped: ${said}`;
    },
    async end() {
      const owed = owedNow();
      // Where another process has the lease, it may have stopped them again.
      if (state === 'over' || owed === undefined || lost || !session.alive()) return undefined;
      // Nobody can have stopped them: the router pointed there already.
      const called = state === 'on' || writeLog.touched === undefined || owed.cause !== undefined;
      state = 'over';
      const { record } = session.loaded();
      const said = called
        ? await withTimeout(parts.clock, endedMs, (signal) => call(writesHooks, 'off', record, owed, signal))
        : undefined;
      const ms = Math.round(parts.clock.mono() - startedAt);
      await commit((draft) => {
        if (draft.record.writesOff?.id === owed.id) noteAnswer(draft, said);
      });
      if (said === undefined && startedAt > 0) return { ms, requests: 0, refused: 0, stopped: true };
      return undefined;
    },
  };
}

/** Calls a hook. Resolves to why it failed; undefined: it was answered with 2xx. */
async function call(
  hooks: WritesHooks,
  which: 'on' | 'off',
  { service }: ServiceRecord,
  { id, call: body }: Owed,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hook = hooks[which];
  const answer = await hook.call(
    { service, ...body, step: `writes.${which}` },
    `${id}/writes.${which}`,
    signal,
  );
  if (answer.ok) return undefined;
  return answer.reason.startsWith(hook.name) ? answer.reason : `${hook.name}: ${answer.reason}`;
}

/** Notes what became of a call of `off`; people get to know once that it fails, and when it is answered. */
function noteAnswer(draft: Draft, cause: string | undefined): void {
  const { record } = draft;
  const owed = record.writesOff;
  if (owed === undefined) return;
  if (cause === undefined) {
    delete record.writesOff;
    if (owed.cause !== undefined) tell(draft, 'writes-go-on', line`Writes of ${record.service} go on.`);
    return;
  }
  if (owed.cause === undefined)
    tell(
      draft,
      'writes-stopped',
      line`Writes of ${record.service} may still be stopped: ${cause}. It is called again until it answers.`,
    );
  owed.cause = cause;
  owed.callAt = fromNow(Math.min(againMs.first * 2 ** owed.tries, againMs.last));
  owed.tries += 1;
}

function tell(draft: Draft, what: string, text: Line): void {
  markCard(draft);
  addHistory(draft, { kind: 'system', rule: 'writes-off' }, what, text);
  notify(draft, 'event', text, draft.record.releases[0] ? {} : { release: null });
}

/**
 * Calls `off` for a service whose switch is over, when it is time to. Resolves to when to look again, ms; undefined:
 * it was answered. `for-others`: its settings cannot be read here.
 */
export async function watchWritesOff(
  parts: Parts,
  service: string,
  over: AbortSignal,
): Promise<number | 'for-others' | undefined> {
  const { record, now } = await parts.store.load(service);
  const owed = record?.writesOff;
  if (!record || owed === undefined) return undefined;
  // The process that moves its traffic calls it.
  const moves = record.op?.step === 'switch' || record.op?.step === 'undo';
  if (underWay(record) && record.op?.intentAt !== undefined && moves) return lookMs;
  if (owed.callAt > now) return Math.min(owed.callAt - now, lookMs);
  let hooks: WritesHooks | undefined;
  try {
    hooks = parts.adapters(service, settingsOf(parts, record)).writesHooks;
  } catch (cause) {
    if (isBadSettings(cause)) return 'for-others';
    throw cause;
  }
  const said = hooks && (await call(hooks, 'off', record, owed, over));
  if (over.aborted) return lookMs;
  if (said !== undefined) parts.log.warn({ service, reason: said }, 'Writes may still be stopped');
  // Whatever was saved meanwhile: an answer is noted for its own call.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { record: newest, now: at } = await parts.store.load(service);
    if (newest?.writesOff?.id !== owed.id) return lookMs;
    const saved = await save(parts, newest, at, (draft) => {
      if (hooks === undefined) giveUp(draft);
      else noteAnswer(draft, said);
    });
    if (saved) return lookMs;
  }
  return lookMs;
}

/** The settings do not say any more how writes go on. */
function giveUp(draft: Draft): void {
  const { record } = draft;
  delete record.writesOff;
  tell(
    draft,
    'writes-stopped',
    line`Writes of ${record.service} may still be stopped: its settings have no cutover.writes.off any more. Let them go on by hand.`,
  );
}

/** Why writes may be stopped, for people: sentences. Empty: nobody knows of that. */
export function writesOffLine({ writesOff }: ServiceRecord): Line {
  if (writesOff?.cause === undefined) return [];
  return line`may be stopped since ${{ at: writesOff.since, show: 'time' }}. ${asSentence(writesOff.cause)} It is called again until it answers.`;
}
