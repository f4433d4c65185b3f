/** The ends of a stage: their changes to the record, and their messages. Pure. */
import { closeSteps, markCard, addHistory, notify, userOf, mention } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import { moveTo } from '../machine.ts';
import type { Stopped } from '../ports.ts';
import type { ColorState, Operation } from '../release.ts';
import { named } from './common.ts';

/** Ends a stage that succeeded: the version is there and checked. */
export function staged(draft: Draft, op: Operation): void {
  const { record } = draft;
  const before = record.colors[op.target];
  closeSteps(draft, 'done');
  record.colors[op.target] = {
    role: 'staged',
    version: op.version,
    since: fromNow(),
    ...(before.role === 'previous' && before.version === op.version && { wasPrevious: true }),
  };
  moveTo(record, 'staged');
  record.op = null;
  record.request = null;
  markCard(draft);
  addHistory(draft, op.actor, 'staged', line`${named(draft)} on ${op.target}`);
  notify(draft, 'event', line`${named(draft)} is staged on ${op.target}.`, { to: userOf(op.actor) });
}

/** Returns true when nothing was brought onto the color yet: the deploy had not been started. */
function broughtNothing({ step, deadlineAt }: Operation): boolean {
  return step === 'ask-router' || (step === 'deploy' && deadlineAt === undefined);
}

/** Returns the known version on the color of a stage that did not succeed. `seen`: what the color reports. */
function versionThere(op: Operation, before: ColorState, seen: string | undefined): string | null {
  if (seen !== undefined) return seen;
  if (broughtNothing(op)) return before.version;
  // The deploy said that the version is there. Before that it is not known.
  return op.deployId !== undefined && op.step !== 'deploy' ? op.version : null;
}

/** Returns true while the color is still the way back. Only another version ends that, not silence. */
function stays(op: Operation, { role, version }: ColorState, seen: string | undefined): boolean {
  if (role !== 'previous') return false;
  if (version === null) return broughtNothing(op);
  return seen === undefined || seen === version;
}

/** Returns true for a deploy that was started and is not known to have ended: it may change the color. */
export function deployMayRun({ kind, step, deadlineAt, ending }: Operation): boolean {
  return kind === 'stage' && step === 'deploy' && deadlineAt !== undefined && ending?.mayRun !== false;
}

/** Says what became of a deploy that is no longer followed; undefined: there is none. */
function deployWords(op: Operation, stopped: Stopped | undefined): string | undefined {
  if (!deployMayRun(op)) return undefined;
  if (stopped?.ended === true) return stopped.words;
  const risk = `nobody follows the deploy, which may change ${op.target} at any time`;
  return stopped ? `${stopped.words}; ${risk}` : risk;
}

/** Ends a stage that did not succeed. `seen`: what the idle color reports. `stopped`: the end of its deploy. */
export function stageEnded(draft: Draft, op: Operation, seen: string | undefined, stopped?: Stopped): void {
  const { record } = draft;
  const release = record.releases[0];
  const ending = op.ending ?? { code: 'interrupted' as const, cause: 'interrupted' };
  const ofDeploy = deployWords(op, stopped);
  const cause = ofDeploy === undefined ? ending.cause : `${ending.cause}; ${ofDeploy}`;
  closeSteps(draft, 'failed', cause);
  const before = record.colors[op.target];
  if (stays(op, before, seen)) {
    if (deployMayRun(op) && stopped?.ended !== true && op.version !== null) before.mayBecome = op.version;
  } else
    record.colors[op.target] = { role: 'failed', version: versionThere(op, before, seen), since: fromNow() };
  moveTo(record, 'idle', release, ending.code === 'cancelled' ? 'dropped' : 'failed');
  record.op = null;
  if (release) {
    release.code = ending.code;
    release.cause = cause;
  }
  markCard(draft);
  const by = ending.actor ?? op.actor;
  addHistory(draft, by, 'stage-ended', line`${named(draft)}: ${cause}`, ending.code);
  if (ending.code === 'cancelled')
    notify(
      draft,
      'event',
      line`${mention(by)} cancelled the stage of ${named(draft)}${ofDeploy === undefined ? '' : `: ${ofDeploy}`}.`,
    );
  else
    notify(
      draft,
      'broadcast',
      line`${mention(op.actor)}: staging ${named(draft)} failed, ${{ code: ending.code }}: ${cause}`,
      { to: userOf(op.actor) },
    );
}
