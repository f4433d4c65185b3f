/** Turns the databases of a service round while its writes are held. See docs/data.md. */
import { otherColor } from './color.ts';
import type { Color } from './color.ts';
import type { Data, DataGate, Missed, TurnResult } from './data.ts';
import { showStep } from './draft.ts';
import type { Draft } from './draft.ts';
import { formatDuration } from './duration.ts';
import { fromNow } from './instant.ts';
import { line, plain } from './line.ts';
import type { Parts } from './parts.ts';
import type { Adapters } from './ports.ts';
import type { Release, ServiceRecord } from './release.ts';
import type { StepContext } from './steps/context.ts';
import { withTimeout } from './with-timeout.ts';

/** How long the databases may take to answer one question, ms. */
const askedMs = 2_000;
/** How long a turn may take where no hold of the router bounds it, ms. */
const turnMs = 10_000;
/** When an owed turn is tried for the first time, ms after the switch. */
const owedMs = 5_000;
/** For how long after a turn the router may still be switched, ms. */
export const afterTurnMs = 5_000;

/** What became of the databases in a switch. `finished`: one side is writable, and the other follows it. */
export interface Turned {
  /** Why the router must not be moved, a sentence without its full stop; `finished`: that was taken back. */
  failed?: string | undefined;
  finished: boolean;
  /** True: something was changed, now or by an earlier process. */
  changed: boolean;
  ms: number;
  notes: string[];
}

/**
 * Asks whether the databases can be turned to a color; where a turn was begun, whether it could go on. Undefined: the
 * colors share theirs.
 */
export async function gateOf(
  { clock }: Pick<Parts, 'clock'>,
  { data }: Pick<Adapters, 'data'>,
  { turn }: Pick<ServiceRecord, 'turn'>,
  to: Color,
  { stopping, ms = data?.answersMs ?? askedMs }: { stopping?: AbortSignal; ms?: number } = {},
): Promise<DataGate | undefined> {
  if (data === undefined) return undefined;
  return withTimeout(clock, ms, (signal) => data.gate(to, signal, turn?.begun), stopping);
}

/** Says why they cannot, and what to do: a sentence without its full stop. Undefined: they can. */
export function notInSync(gate: DataGate | undefined): string | undefined {
  if (gate === undefined || gate.ok) return undefined;
  return gate.fix === undefined ? gate.why : `${gate.why}; ${gate.fix}`;
}

/** Shows on the card that they can. */
export function showInSync(draft: Draft, gate: DataGate | undefined): void {
  if (gate?.ok) showStep(draft, 'data', 'done', `${formatDuration(gate.lagMs)} behind`);
}

/** Asks what `left` has that the other color has not, in words. Empty: nothing, or nobody can say. */
export async function missedBy(
  { clock }: Pick<Parts, 'clock'>,
  { data }: Pick<Adapters, 'data'>,
  left: Color,
  ms = askedMs,
): Promise<string> {
  if (data === undefined) return '';
  return missedWords(await withTimeout(clock, ms, (signal) => data.missed(left, signal)), otherColor(left));
}

/** `214 rows since 14:02 are not on blue (orders 200, carts 14)`; empty: there are none, or nobody can say. */
export function missedWords(missed: Missed | undefined, color: Color): string {
  const tables = missed?.tables.filter(({ rows }) => rows > 0) ?? [];
  if (missed === undefined || tables.length === 0) return '';
  const rows = tables.reduce((sum, each) => sum + each.rows, 0);
  const since = missed.since === undefined ? '' : ` since ${plain(line`${{ at: missed.since }}`)}`;
  const shown = tables.slice(0, 3).map(({ table, rows: of }) => `${table} ${of}`);
  if (tables.length > 3) shown.push(`${tables.length - 3} more tables`);
  const count = `${missed.more ? 'at least ' : ''}${rows} ${rows === 1 ? 'row' : 'rows'}`;
  return `${count}${since} ${rows === 1 ? 'is' : 'are'} not on ${color} (${shown.join(', ')})`;
}

/**
 * Makes the turn of one switch: `to` becomes the writable side. Each step is in the record before it is done. A turn
 * that fails is taken back at once, so that the live color can write. With `force` a failure stops nothing: traffic
 * goes back anyway. Undefined: the colors share their databases.
 */
export function turnTo(
  context: StepContext,
  to: Color,
  { force = false } = {},
): (() => Promise<Turned>) | undefined {
  const { data } = context.adapters;
  if (data === undefined) return undefined;
  return async () => {
    const { parts, session } = context;
    const startedAt = parts.clock.mono();
    const { live } = session.loaded().record;
    const result = await turnOnce(context, data, to, { force, stopping: session.soft });
    const changed = session.loaded().record.turn !== undefined;
    const ms = (): number => Math.round(parts.clock.mono() - startedAt);
    if (result.turned) return { finished: result.owed !== true, changed, ms: ms(), notes: result.notes };
    const failed = `the databases were not turned to ${to}: ${result.why}`;
    if (force) return { finished: false, changed, ms: ms(), notes: [failed] };
    // A revert that waits turns them back itself. A process that stops must not leave the live color without writes.
    const takesBack = changed && live !== to && session.alive() && session.loaded().pendingRevert === null;
    const back = takesBack ? await turnOnce(context, data, live, { force: false }) : undefined;
    const finished = !changed || isWhole(back);
    if (changed && finished) await forget(context);
    return { failed, finished, changed, ms: ms(), notes: back?.turned ? back.notes : [] };
  };
}

/** True where one side takes writes, and the other follows it. */
function isWhole(result: TurnResult | undefined): boolean {
  return result?.turned === true && result.owed !== true;
}

/** What was begun in a turn that was taken back says nothing about the next one. */
async function forget({ session }: StepContext): Promise<void> {
  await session.commit((draft) => {
    delete draft.record.turn;
    return undefined;
  });
}

async function turnOnce(
  { parts, session, adapters }: StepContext,
  data: Data,
  to: Color,
  { force, stopping }: { force: boolean; stopping?: AbortSignal },
): Promise<TurnResult> {
  const { writes } = adapters.router;
  const before = session.loaded().record.turn;
  const id = before?.id ?? crypto.randomUUID();
  // The rest of the hold is for taking it back, or for the router.
  const boundMs = writes === undefined ? turnMs : Math.round((writes.maxMs * 2) / 3);
  const begin = async (step: string): Promise<boolean> => {
    const saved = await session.commit((draft) => {
      const others = (draft.record.turn?.begun ?? []).filter((each) => each.to !== to || each.step !== step);
      draft.record.turn = { id, at: fromNow(), begun: [...others, { to, step }] };
      showStep(draft, 'data', 'doing', step);
      return undefined;
    });
    return saved === 'ok';
  };
  return withTimeout(
    parts.clock,
    boundMs,
    (signal) =>
      data.turn(to, {
        id,
        begun: before?.begun ?? [],
        before: begin,
        mayWrite: () => session.permit().mayWrite(),
        force,
        signal,
      }),
    stopping,
  );
}

/** Notes that the databases are turned, in the save that ends a switch; what is still owed is tried again at rest. */
export function turnEnded(draft: Draft, turned: Turned | undefined): void {
  const { record } = draft;
  if (turned === undefined) return;
  if (turned.finished) delete record.turn;
  else record.turn = { id: crypto.randomUUID(), begun: [], ...record.turn, at: fromNow(owedMs) };
  if (!turned.changed && turned.notes.length === 0) return;
  const said = [...(turned.changed ? [`turned in ${turned.ms} ms`] : []), ...turned.notes];
  showStep(draft, 'data', turned.finished ? 'done' : 'failed', said.join('; '));
}

/** Keeps on a release how long its turn took. */
export function keepTurned(release: Release, turned: Turned | undefined): void {
  if (turned?.finished && turned.changed) release.dataTurnedMs = turned.ms;
  else delete release.dataTurnedMs;
}

/** `; data turned in 38 ms`, or nothing. */
export function turnedWords(turned: Turned | undefined): string {
  return turned?.finished && turned.changed ? `; data turned in ${turned.ms} ms` : '';
}
