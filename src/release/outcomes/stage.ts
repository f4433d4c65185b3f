/** How stages end: what each end writes into the record, and what is said of it. Pure. */
import { closeSteps, markCard, addHistory, notify, userOf, mention } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import type { Stopped } from '../ports.ts';
import type { ColorState, Operation } from '../release.ts';
import { named } from './common.ts';

/** The staged version is there, checked. */
export function staged(draft: Draft, op: Operation): void {
  const { record } = draft;
  const release = record.releases[0];
  const before = record.colors[op.target];
  closeSteps(draft, 'done');
  record.colors[op.target] = {
    role: 'staged',
    version: op.version,
    since: fromNow(),
    ...(before.role === 'previous' && before.version === op.version && { wasPrevious: true }),
  };
  record.state = 'staged';
  record.op = null;
  record.request = null;
  if (release) release.status = 'staged';
  markCard(draft);
  addHistory(draft, op.actor, 'staged', line`${named(draft)} on ${op.target}`);
  notify(draft, 'event', line`${named(draft)} is staged on ${op.target}.`, { to: userOf(op.actor) });
}

/** Nothing was brought onto the color yet: the router was being asked, or the deploy not asked for. */
function broughtNothing({ step, deadlineAt }: Operation): boolean {
  return step === 'ask-router' || (step === 'deploy' && deadlineAt === undefined);
}

/** What is known of the version on the color of a stage that did not succeed. `seen`: what it reports. */
function versionThere(op: Operation, before: ColorState, seen: string | undefined): string | null {
  if (seen !== undefined) return seen;
  if (broughtNothing(op)) return before.version;
  // The deploy said that it is there. Short of that nobody knows.
  return op.deployId !== undefined && op.step !== 'deploy' ? op.version : null;
}

/** The color is still the way back. Only another version makes it none: one that is silent is asked when it is needed. */
function stays(op: Operation, { role, version }: ColorState, seen: string | undefined): boolean {
  if (role !== 'previous') return false;
  if (version === null) return broughtNothing(op);
  return seen === undefined || seen === version;
}

/** A deploy of this stage was asked for, and is not known to have ended: it may change the color. */
export function deployMayRun({ kind, step, deadlineAt, ending }: Operation): boolean {
  return kind === 'stage' && step === 'deploy' && deadlineAt !== undefined && ending?.mayRun !== false;
}

/** What became of a deploy that nobody follows any more, for people; undefined: there is none. */
function deployLeft(op: Operation, stopped: Stopped | undefined): string | undefined {
  if (!deployMayRun(op)) return undefined;
  if (stopped?.ended === true) return stopped.words;
  const risk = `nobody follows the deploy, which may change ${op.target} at any time`;
  return stopped ? `${stopped.words}; ${risk}` : risk;
}

/** A stage that did not succeed. `seen`: what the idle color reports. `stopped`: what became of its deploy. */
export function stageEnded(draft: Draft, op: Operation, seen: string | undefined, stopped?: Stopped): void {
  const { record } = draft;
  const release = record.releases[0];
  const ending = op.ending ?? { code: 'interrupted' as const, cause: 'interrupted' };
  const left = deployLeft(op, stopped);
  const cause = left === undefined ? ending.cause : `${ending.cause}; ${left}`;
  closeSteps(draft, 'failed', cause);
  const before = record.colors[op.target];
  if (stays(op, before, seen)) {
    if (deployMayRun(op) && stopped?.ended !== true && op.version !== null) before.mayBecome = op.version;
  } else
    record.colors[op.target] = { role: 'failed', version: versionThere(op, before, seen), since: fromNow() };
  record.state = 'idle';
  record.op = null;
  if (release) {
    release.status = ending.code === 'cancelled' ? 'dropped' : 'failed';
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
      line`${mention(by)} cancelled the stage of ${named(draft)}${left === undefined ? '' : `: ${left}`}.`,
    );
  else
    notify(
      draft,
      'broadcast',
      line`${mention(op.actor)}: staging ${named(draft)} failed, ${{ code: ending.code }}: ${cause}`,
      { to: userOf(op.actor) },
    );
}
