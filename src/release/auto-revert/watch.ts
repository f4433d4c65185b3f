/**
 * Watches whether a release must be reverted by itself, and counts down to it.
 * See docs/design.md#the-automatic-revert.
 */
import type { Answer, Configured } from '../command.ts';
import type { Draft } from '../draft.ts';
import { isBadSettings } from '../fault.ts';
import { line, plain } from '../line.ts';
import { noWayBackOf } from '../no-way-back.ts';
import type { Parts } from '../parts.ts';
import { settingsOf } from '../parts.ts';
import type { Adapters } from '../ports.ts';
import { refusalWords } from '../refusals.ts';
import type { RefusalCode } from '../refusals.ts';
import type { ServiceRecord } from '../release.ts';
import { save } from '../save.ts';
import type { Loaded } from '../store.ts';
import type { Command } from '../verbs/index.ts';
import { isWayBackDead } from '../way-back.ts';
import { causesNow, watchLimit } from './causes.ts';
import type { LimitWatch } from './causes.ts';
import {
  autoReverter,
  autoRevertIn,
  callOff,
  sayImpossible,
  sayRefused,
  startCountdown,
} from './countdown.ts';
import { autoRevertOf, countdownOf, isWatched, nextOf } from './rule.ts';
import type { AutoRevertSettings, Look, Next } from './rule.ts';
import type { Cause, Countdown } from './state.ts';
import { watchWayBack } from './watch-way-back.ts';
import type { WayBackWatch } from './watch-way-back.ts';
import { causeWords, stopWords, waitsForWords } from './words.ts';

/** How often is looked, ms. */
const lookMs = 1_000;
/** A process that did not look for so long, by its own clock, may have stood still, ms. */
const stoodStillMs = 5_000;
/** How long a process that has just begun may not know what holds, ms. */
const beginsMs = 30_000;
/** How long pairs are asked for, where nobody else asks for them, ms. */
const wantedMs = 10_000;
/** The longest reason of a command, in characters. */
const mostReason = 300;

type Submit = (command: Command) => Promise<Answer>;

/** A service whose release may be reverted by itself, as it was loaded. */
interface Watched extends Loaded {
  record: ServiceRecord;
  settings: Configured['settings'];
  rule: AutoRevertSettings;
  adapters: Adapters;
}

/**
 * Watches a service under the due lease `countdown:<service>` for as long as its release may be reverted by itself, or
 * until `over` aborts. Throws `Fault('storage-unavailable')`. `for-others`: the settings cannot be read here. Resolves
 * to 0 when it was stopped: due at once, for another process.
 */
export async function watchAutoRevert(
  parts: Parts,
  submit: Submit,
  service: string,
  over: AbortSignal,
): Promise<0 | 'for-others' | undefined> {
  const { clock, store } = parts;
  const limit = watchLimit(parts, over);
  const back = watchWayBack(parts, over);
  const beganAt = clock.mono();
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** The countdown that was over when this process first looked. */
  let missed: string | undefined;
  try {
    while (!over.aborted) {
      const loaded = await store.load(service);
      const watched = watchedOf(parts, loaded);
      if (watched === 'for-others') return watched;
      if (watched === undefined) return await endUnwatched(parts, loaded);
      const look = await lookAt(parts, watched, limit);
      const countdown = autoRevertOf(watched.record)?.countdown;
      const isDead = isBackDead(watched, back, look.found.length > 0 || countdown != null);
      const looksAgain = clock.mono() - lookedAt < stoodStillMs;
      if (countdown && !looksAgain && countdown.endsAt <= watched.now) missed = countdown.id;
      lookedAt = clock.mono();
      if (over.aborted) break;
      const begins = lookedAt - beganAt < beginsMs;
      await act(parts, submit, { ...watched, isDead }, { ...look, missed: countdown?.id === missed, begins });
      await clock.sleep(lookMs, over);
    }
    return 0;
  } finally {
    limit.end();
    back.end();
  }
}

/** Calls off a countdown that nothing watches any more: its settings or its way back are gone. */
async function endUnwatched(parts: Parts, { record, now }: Loaded): Promise<undefined> {
  if (record === null || countdownOf(record) === undefined) return;
  const why = line`${record.service} can no longer be reverted by itself: its settings or its way back have changed.`;
  await save(parts, record, now, (draft) => callOff(draft, autoReverter, why));
}

/** Returns the service if it is watched; `for-others`: its settings cannot be read here. */
function watchedOf(parts: Parts, loaded: Loaded): Watched | 'for-others' | undefined {
  const { record, now } = loaded;
  if (!record) return undefined;
  try {
    const configured = settingsOf(parts, record);
    const { settings } = configured;
    const rule = settings.promotion.autoRevert;
    if (rule === undefined || !isWatched(record, settings, now)) return undefined;
    return { ...loaded, record, settings, rule, adapters: parts.adapters(record.service, configured) };
  } catch (cause) {
    if (isBadSettings(cause)) return 'for-others';
    throw cause;
  }
}

async function lookAt(
  parts: Parts,
  { record, now, settings, rule, adapters }: Watched,
  limit: LimitWatch,
): Promise<Omit<Look, 'missed' | 'begins'>> {
  const asked = rule.on.includes('limit') && adapters.limit ? limit.look(adapters.limit, record) : undefined;
  const known = await causesNow(parts, { now, record, settings }, rule, asked);
  // After the bake only an alert asks for pairs. The verdict on another cause needs them too.
  const needsPairs = known.found.length > 0 || autoRevertOf(record)?.countdown != null;
  if (needsPairs && adapters.pairs) await parts.evidence.want(record.service, wantedMs);
  return { now, ...known };
}

/** True where the way back must not be used, or does not answer. While it bakes, the bake looks; later it is asked where that matters. */
function isBackDead({ record, adapters, settings }: Watched, back: WayBackWatch, matters: boolean): boolean {
  if (noWayBackOf(record)) return true;
  if (record.state === 'baking') return isWayBackDead(record);
  return matters && back.isDead(record, adapters, settings.promotion.failures);
}

/** Does what comes next. Each change is saved against the record that was looked at. */
async function act(
  parts: Parts,
  submit: Submit,
  watched: Watched & { isDead: boolean },
  look: Look,
): Promise<void> {
  const { record, now, rule } = watched;
  const kept = autoRevertOf(record);
  const alter = (write: (draft: Draft) => void): Promise<boolean> => save(parts, record, now, write);
  const next = nextOf(kept, look);
  if (watched.isDead && next.do !== 'stop') {
    // Also where the verdict already speaks against a revert: a person should know why nothing happens.
    const causes = look.found.length > 0 ? look.found : (kept?.countdown?.causes ?? []);
    if (causes.length > 0 && !kept?.toldDead) await alter((draft) => sayImpossible(draft, causes));
    return;
  }
  if (next.do === 'revert' && kept?.countdown)
    return revert(parts, submit, watched, kept.countdown, next.causes);
  const uncompared = look.verdict === 'unknown';
  if (next.do !== 'nothing') await alter((draft) => write(draft, { ...rule, uncompared }, next));
}

function write(
  draft: Draft,
  { after, uncompared }: Pick<AutoRevertSettings, 'after'> & { uncompared: boolean },
  next: Next,
): void {
  const own = autoRevertIn(draft);
  const { countdown } = own;
  switch (next.do) {
    case 'start':
      delete own.toldDead;
      return startCountdown(draft, { causes: next.causes, afterMs: after, again: next.again, uncompared });
    case 'show':
      if (!countdown) return;
      countdown.shown = next.shown;
      if (next.waitsFor) {
        countdown.waitsFor = waitsForWords(next.waitsFor);
        countdown.waits = next.waitsFor;
      }
      draft.draw.add(own.release);
      return;
    case 'quiet':
      if (!countdown) return;
      if (next.since === undefined) delete countdown.quietSince;
      else countdown.quietSince = next.since;
      return;
    case 'stop':
      if (countdown) callOff(draft, autoReverter, stopWords(next.why, countdown));
      return;
    default:
      return;
  }
}

/** Submits the revert, as any other one. `submit` takes it only while the countdown is there, over and not held. */
async function revert(
  parts: Parts,
  submit: Submit,
  { record }: Watched,
  { id }: Countdown,
  causes: readonly Cause[],
): Promise<void> {
  const answer = await submit({
    verb: 'revert',
    service: record.service,
    actor: autoReverter,
    marks: [`countdown:${id}`],
    countdown: id,
    reason: plain(causeWords(causes)).slice(0, mostReason),
  });
  parts.log.info({ service: record.service, ok: answer.ok }, 'A countdown ended with a revert');
  // What passes is tried again at the next look.
  const passing: readonly RefusalCode[] = ['storage-unavailable', 'stale-button', 'operation-in-progress'];
  if (answer.ok || passing.includes(answer.refusal.code)) return;
  const why = refusalWords(answer.refusal);
  const { record: found, now } = await parts.store.load(record.service);
  if (found && autoRevertOf(found)?.countdown?.id === id)
    await save(parts, found, now, (draft) => sayRefused(draft, why));
}
