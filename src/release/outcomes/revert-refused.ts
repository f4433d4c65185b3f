/** The end of a revert that could not be carried out: its changes to the record, and its messages. Pure. */
import {
  closeSteps,
  markCard,
  failedStep,
  addHistory,
  notify,
  notifyActor,
  userOf,
  mention,
} from '../draft.ts';
import type { Draft } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { asSentence, line, order, typed } from '../line.ts';
import type { Line } from '../line.ts';
import { moveTo } from '../machine.ts';
import { subjectOf } from '../release.ts';
import type { Code, Revert, ServiceRecord } from '../release.ts';
import { stillUnreverted, wayBack } from '../way-back.ts';

/** Why a revert was refused. `repair`: what to repair first; then it cannot be forced. */
interface Refused {
  code: Code;
  cause: string;
  repair?: string;
  /** True: its intent was saved, and nothing was written to the router after that. */
  untouched?: true;
}

/**
 * Ends a revert that must not continue: everything is as before. An interrupted promote resumes. A revert that may
 * have written to the router stays `stuck`, because nobody knows where the router points.
 */
export function revertRefused(draft: Draft, op: Revert, refusal: Refused, driver: string): void {
  const { record } = draft;
  const release = subjectOf(record);
  closeSteps(draft, 'failed', refusal.cause, failedStep(refusal.code));
  markCard(draft);
  const { what, not, next, force } = refusedWords(record, op, refusal);
  addHistory(draft, op.actor, 'refused', line`${what} of ${record.service}: ${refusal.cause}`, refusal.code);
  const before = op.interrupted;
  const switching = op.intentAt !== undefined && refusal.untouched !== true;
  const hung = switching || (op.was === 'stuck' && before === undefined);
  record.op = hung ? op : before ? { ...before, driver } : null;
  const about = hung ? op.kind === 'revert' : release?.status === 'reverting';
  moveTo(record, hung ? 'stuck' : op.was, about ? release : null, 'live');
  // The watch that began when it got stuck ended when the router answered once.
  if (hung && refusal.code === 'router-unreachable') record.awaits = { at: fromNow(), silent: true };
  if (release && hung && about) {
    release.code = refusal.code;
    release.cause = refusal.cause;
  }
  const text = line`${{ code: refusal.code }}: ${not} ${op.target} ${op.version ?? ''}: ${refusal.cause}. Now: ${record.state}, live: ${record.live} ${record.colors[record.live].version ?? 'unknown'}. ${next}`;
  notifyActor(draft, op.actor, text, { of: 'revert', ...(force && { buttons: 'force' }) });
  const top = { release: release?.id ?? null, of: 'revert' } as const;
  if (hung)
    notify(
      draft,
      'broadcast',
      line`${record.service}: the ${what} is ${{ bold: 'still stuck' }}; nobody knows where traffic goes. Press Retry when its cause is fixed. ${{ code: refusal.code }}: ${refusal.cause}. Asked for by ${mention(op.actor)}.`,
      {
        buttons: 'stuck',
        to: userOf(op.actor),
        ...(op.actor.kind === 'system' && { calls: 'operator' }),
        ...top,
      },
    );
  else if (op.kind !== 'revert' || !tellUnreverted(draft, op, refusal))
    notify(
      draft,
      'event',
      line`The ${what} asked for by ${mention(op.actor)} was refused, ${{ code: refusal.code }}: ${refusal.cause}.`,
      top,
    );
}

/** Notifies the channel of a revert that could not be carried out. False: that notice is there already. */
function tellUnreverted(draft: Draft, op: Revert, { code, cause, repair }: Refused): boolean {
  const { record } = draft;
  const { service, live, colors } = record;
  const before = stillUnreverted(record);
  const { id, target: color, version } = op;
  record.unreverted = { id, color, version, code, cause, epoch: record.epoch, ...(repair && { repair }) };
  if (code === 'router-unreachable') record.awaits = { at: fromNow(), silent: true };
  if (stillUnreverted(record) === undefined) return false;
  if (before?.code === code && before.repair === repair) {
    // Its notice still asks for the same.
    record.unreverted.id = before.id;
    return false;
  }
  const next =
    code === 'router-unreachable'
      ? line`Switchback keeps asking the router and posts here when it answers.`
      : repair !== undefined
        ? line`${order(repair)} Then try again.`
        : line`${code === 'not-in-sync' || code === 'schema-incompatible' ? 'Correct that' : `Start ${op.target} again`}, then try again; or ${typed(`revert ${service} --force <reason>`)}.`;
  const known = code !== 'router-unreachable' && op.saw === live;
  const stays = known ? 'traffic stays on' : 'nothing was moved, and the record says';
  notify(
    draft,
    'broadcast',
    line`${service} was ${{ bold: 'not reverted' }} to ${op.target} ${op.version ?? ''}; ${stays} ${live} ${colors[live].version ?? 'unknown'}. ${next} ${{ code }}: ${asSentence(cause)} Asked for by ${mention(op.actor)}.`,
    {
      buttons: 'unhealthy',
      again: true,
      calls: 'operator',
      to: userOf(op.actor),
      release: subjectOf(record)?.id ?? null,
      of: 'revert',
    },
  );
  return true;
}

/** The refusals that a person may force. */
const mayBeForced: ReadonlySet<Code> = new Set([
  'unhealthy',
  'version-mismatch',
  'router-not-ready',
  'not-in-sync',
  'schema-incompatible',
]);

/** Returns the refusal in words. `force`: it may be forced. That applies to the way back only, not to a put-back. */
function refusedWords(
  record: ServiceRecord,
  { kind, target }: Revert,
  { code, repair }: Refused,
): { what: string; not: string; next: Line; force: boolean } {
  const { service } = record;
  const bad = mayBeForced.has(code);
  switch (kind) {
    case 'revert':
      return {
        what: 'revert',
        not: `${service} is not reverted to`,
        next:
          repair !== undefined
            ? line`${order(repair)} Then try again: the message in the channel has the button. --force does not help before that.`
            : bad
              ? line`Press Force… to go back anyway, or type ${typed(`revert ${service} --force <reason>`)}.`
              : code === 'router-unreachable'
                ? line`Try again when it answers: the message in the channel has the button, and another one says when it does.`
                : line`Try again when that is fixed: the message in the channel has the button.`,
        force: bad && repair === undefined,
      };
    case 'restore': {
      const saw = record.drift?.saw;
      const named = saw === 'blue' || saw === 'green';
      const adopt = named ? line`; ${typed(`adopt ${service}`)} accepts what the router says.` : line`.`;
      const orRevert = wayBack(record) ? line`; ${typed(`revert ${service}`)} leaves ${target}` : [];
      return {
        what: 'put-back',
        not: `the router of ${service} is not put back to`,
        next:
          repair !== undefined
            ? line`${order(repair)} Then use ${typed(`retry ${service}`)}${adopt}`
            : bad
              ? line`Use ${typed(`retry ${service}`)} when ${target} answers well again${orRevert}${adopt}`
              : line`Try again when it answers.`,
        force: false,
      };
    }
    default:
      return kind satisfies never;
  }
}
