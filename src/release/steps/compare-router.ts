/** Asks the router, and compares its answer with the record: the first step of an operation, and drift. */
import type { Color } from '../color.ts';
import { markCard, showStep, notify } from '../draft.ts';
import { versionDriftOf } from '../drift.ts';
import { noteVersionDrift, otherVersion } from '../version-drift.ts';
import type { Draft } from '../draft.ts';
import { formatDuration } from '../duration.ts';
import { blamed } from '../failover.ts';
import { observed, movedBy, summarise } from '../router-answers.ts';
import type { Summary } from '../router-answers.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Parts } from '../parts.ts';
import { askRouter } from '../ask-router.ts';
import type { Heard } from '../ask-router.ts';
import type { RouterAnswer } from '../ports.ts';
import { askReady, routerReadiness } from '../ready.ts';
import type { RefusalCode } from '../refusals.ts';
import { advance } from '../operation.ts';
import { subjectOf } from '../release.ts';
import type { ServiceRecord } from '../release.ts';
import { opOf } from './context.ts';
import type { StepContext } from './context.ts';

/** Returns why stage and promote must not continue with this answer. */
export function against(
  record: ServiceRecord,
  asked: Summary,
): { code: RefusalCode; cause: string } | undefined {
  if (asked.heading === 'unreachable')
    return { code: 'router-unreachable', cause: `no instance of the router answers (${asked.detail})` };
  if (asked.heading === 'mixed' || asked.heading === 'unknown')
    return { code: 'router-mixed', cause: `the router does not name one color (${asked.detail})` };
  if (asked.heading !== record.live)
    return {
      code: 'router-drift',
      cause: `the router points to ${asked.heading}, the record says ${record.live}`,
    };
  return undefined;
}

/** Says who moved the router, as the cause of drift. A router that names no color may do so for another reason. */
export function changedBy(answers: readonly RouterAnswer[]): Line | undefined {
  const name = movedBy(answers);
  if (name === undefined) return undefined;
  const moved = answers.some(({ heading }) => heading === 'blue' || heading === 'green');
  return moved ? line`${name} changed it.` : line`${name} changed it last.`;
}

/** Says why the router disagrees, where nothing more is known. Only another color is somebody's write. */
function perhaps(saw: Summary['heading']): Line {
  if (saw === 'mixed') return line` Not all of its instances followed, or somebody changed one.`;
  return saw === 'unknown' ? [] : line` Somebody else changed it, or a write came late.`;
}

/** How many characters of a router's words a notice shows. */
const mostWords = 500;

/**
 * Records drift once, with a notice, its buttons, and mentions of the people who may use them. `asked`: what the
 * router says; if that is no color, the notice quotes it. `why`: the cause, when it is known.
 * See docs/design.md#drift.
 */
export function noteDrift(
  parts: Pick<Parts, 'store' | 'clock'>,
  draft: Draft,
  { heading: saw, detail, shut }: Summary,
  why?: Line,
): void {
  const { record } = draft;
  if (record.drift?.saw === saw) return;
  const color = saw === 'blue' || saw === 'green';
  const versionOf = (which: Color): string => `${which} ${record.colors[which].version ?? 'unknown'}`;
  const recorded = versionOf(record.live);
  const where = color ? `traffic goes to ${versionOf(saw)}` : `the router says ${saw}`;
  const words = detail.length > mostWords ? `${detail.slice(0, mostWords)}…` : detail;
  const failedOverMs = why === undefined && color ? blamed(parts) : undefined;
  const cause =
    failedOverMs === undefined
      ? why === undefined
        ? perhaps(saw)
        : line` ${why}`
      : line` Redis failed over ${formatDuration(Math.ceil(failedOverMs / 1_000) * 1_000)} ago, and may have lost a promote or revert that moved traffic. Then the router is right and the record is wrong. Check what runs before you do anything.`;
  const keep = color
    ? `; an admin can keep ${saw}`
    : saw === 'mixed'
      ? '; when its instances agree, an admin can adopt that'
      : '';
  const ways =
    failedOverMs === undefined
      ? line`${shut ? 'When that is repaired, Put back' : 'Put back'} sends it to ${recorded} again${keep}.`
      : line`Adopt keeps traffic on ${saw}; retry sends it to ${recorded}.`;
  record.drift = { saw, at: fromNow() };
  const release = record.releases[0];
  if (release) draft.draw.add(release.id);
  notify(
    draft,
    'broadcast',
    line`${record.service}: ${where}, expected ${recorded} (${{ code: 'router-drift' }}).${color ? '' : ` ${words}.`}${cause} ${ways}`,
    {
      buttons: 'drift',
      calls: 'operator',
      ...(failedOverMs !== undefined && { failover: true }),
      ...(!release && { release: null }),
    },
  );
  draft.history.push({
    actor: { kind: 'system', rule: 'drift' },
    what: 'drift',
    text: line`the router says ${saw}, the record says ${record.live}`,
    code: 'router-drift',
  });
}

/** Ends drift: the router agrees with the record again. Does nothing without drift. */
export function driftOver(draft: Draft): void {
  const { record } = draft;
  if (!record.drift) return;
  record.drift = null;
  markCard(draft);
  draft.history.push({
    actor: { kind: 'system', rule: 'drift' },
    what: 'drift-over',
    text: line`the router says ${record.live} again`,
  });
  notify(
    draft,
    'event',
    line`The router of ${record.service} says ${record.live} again: the drift is over.`,
    record.releases[0] ? {} : { release: null },
  );
}

/** How long, and how often, a router is asked before its silence counts, ms. */
const timeoutMs = 3_000;
const apartMs = 500;

/**
 * Resolves to the router's last answers. Asks again while no instance answers: one slow moment, of the router or of
 * this machine, must not refuse a command. Ends early when the step must not continue.
 */
export async function askPatiently(
  { parts, session, adapters }: StepContext,
  wanted: Color | undefined,
): Promise<Heard> {
  const giveUp = parts.clock.mono() + timeoutMs;
  for (let count = 1; ; count += 1) {
    const askedAt = parts.clock.mono();
    const answers = await askRouter(parts, adapters.router, {
      stopping: session.soft,
      ...(wanted && { wanted }),
    });
    const silent = summarise(answers).heading === 'unreachable';
    const enough = count > 1 && parts.clock.mono() >= giveUp;
    if (!silent || enough || session.soft.aborted) return { answers, askedAt };
    await parts.clock.sleep(apartMs, session.soft);
  }
}

/** How long the live color may take to report its version, and the pause before it is asked again, ms. */
const versionMs = 1_000;

/** Resolves to the version that the live color reports twice in a row, if that is not the recorded one. */
async function liveVersion({ parts, session, configured }: StepContext): Promise<string | null | undefined> {
  const { record } = session.loaded();
  const look = (): ReturnType<typeof otherVersion> =>
    otherVersion(parts, record, configured, session.soft, versionMs);
  const first = await look();
  if (typeof first !== 'string' || versionDriftOf(record)?.saw === first) return undefined;
  await parts.clock.sleep(versionMs, session.soft);
  return (await look()) === first ? first : undefined;
}

/** The name of the step on the card. */
const lateStep = 'wait for a late write';
/** How often the router is asked while waiting for a late write, ms. */
const waitingMs = 1_000;

/**
 * Does the first step of stage and promote: the router, asked uncached, must agree with the record. `status` shows
 * its answer. `lateForMs`: for how long a late write may still give traffic to the color that is to be changed; then
 * it is asked again.
 */
export async function compareFirst(context: StepContext, lateForMs = 0): Promise<void> {
  const { parts, session } = context;
  const { kind, target } = opOf(context);
  const { router, deploy } = context.adapters;
  const [{ answers, askedAt }, saw, ready] = await Promise.all([
    // A press of Promote waits for this, and several looks read the write back later; a stage takes them now.
    askPatiently(context, kind === 'stage' ? undefined : target),
    liveVersion(context),
    kind === 'stage' && router.knowsColors ? askReady(parts, router, target, { stopping: session.soft }) : [],
  ]);
  if (session.soft.aborted) return;
  const asked = summarise(answers);
  const { record: seen } = session.loaded();
  // A deploy may still fix the rest; it is reported when it stops the promote.
  const lasting = routerReadiness(
    ready.filter((each) => each.lasting === true),
    'all',
  ).cause;
  const wrong = against(seen, asked);
  const waited = subjectOf(seen)?.steps.some((step) => step.name === lateStep) === true;
  if (!wrong && lateForMs > 0) {
    if (!waited)
      await session.commit((draft) => {
        showStep(draft, lateStep, 'doing', `a write may still come: ${formatDuration(lateForMs)}`);
        return undefined;
      });
    return parts.clock.sleep(Math.min(lateForMs, waitingMs), session.soft);
  }
  // Sent in this order, but without waiting for each other's answer: both wait for the same disk.
  await Promise.all([
    parts.store.saveAsked(new Map([[seen.service, observed(parts, answers, askedAt)]])),
    session.commit((draft) => {
      const { record } = draft;
      if (!record.op) return undefined;
      if (typeof saw === 'string') noteVersionDrift(draft, saw);
      if (wrong) {
        record.op.ending = wrong;
        if (asked.heading !== 'unreachable') noteDrift(parts, draft, asked, changedBy(answers));
        return undefined;
      }
      record.drift = null;
      advance(draft, 'ask-router', deploy ? [] : ['deploy']);
      if (waited) showStep(draft, lateStep, 'done');
      if (record.op.step === 'check') showStep(draft, 'health', 'doing');
      if (lasting !== undefined)
        notify(
          draft,
          'event',
          line`Warning: ${lasting}. A promote is refused (router-not-ready) until it has.`,
        );
      return undefined;
    }),
  ]);
}
