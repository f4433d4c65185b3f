/** Gathers the facts that some verbs need in addition to the record and the actor's roles. */
import { firingFor } from './alert-gate.ts';
import type { Configured } from './command.ts';
import { versionDriftOf } from './drift.ts';
import type { Facts } from './gates.ts';
import { formerFacts } from './former-router.ts';
import { summarise } from './router-answers.ts';
import { leftSince, unheldMs } from './abandoned.ts';
import { diffFor } from './mirror/diff.ts';
import type { Parts } from './parts.ts';
import { askRouter } from './ask-router.ts';
import type { ServiceRecord } from './release.ts';
import { rolesOf } from './roles.ts';
import type { Loaded } from './store.ts';
import { verbOf } from './verbs/index.ts';
import type { Command } from './verbs/index.ts';
import { otherVersion } from './version-drift.ts';

/** How long the router may take, ms: the sender waits. */
const askedMs = 1_200;

/**
 * Asks the router, for the verbs that repair it: a disagreement may be newer than the last look. For a revert, asks
 * the former router, if there is one.
 */
export async function routerFacts(
  parts: Parts,
  { verb, service }: Pick<Command, 'verb' | 'service'>,
  record: ServiceRecord,
  configured: Configured,
): Promise<Pick<Facts, 'router' | 'persists' | 'reported' | 'former'>> {
  const { needs = [] } = verbOf({ verb });
  if (needs.includes('former-router')) return { former: await formerFacts(parts, record, configured) };
  // If the record knows about it, a retry asks the router itself.
  const known = record.state === 'stuck' || record.drift !== null;
  if (!needs.includes('router') || (verb === 'retry' && known)) return {};
  const { router } = parts.adapters(service, configured);
  const [answers, reported] = await Promise.all([
    askRouter(parts, router, { ms: askedMs }),
    verb === 'adopt' && versionDriftOf(record)
      ? otherVersion(parts, record, configured, undefined, askedMs)
      : undefined,
  ]);
  return {
    router: summarise(answers),
    persists: router.persist !== undefined,
    ...(reported !== undefined && { reported }),
  };
}

/** Gathers the other facts for a decision on this command. `who`: the roles of its actor (`rolesOf`). */
export async function factsOf(
  parts: Parts,
  command: Command,
  { record, ...loaded }: Loaded & { record: ServiceRecord },
  configured: Configured & { configured: boolean },
  who: Awaited<ReturnType<typeof rolesOf>>,
): Promise<Facts> {
  return {
    ...configured,
    record,
    now: loaded.now,
    leftAt: leftSince({ record, ...loaded }),
    unheldMs: unheldMs({ record, ...loaded }),
    ...who,
    approvers: parts.people.mentions('approver', configured.settings),
    ...(await requesterFacts(parts, command, record, configured)),
    ...(await firingFacts(parts, command, record, configured)),
    ...(await diffFacts(parts, command, record, configured)),
  };
}

/**
 * Finds critical alerts on the live release, for commands that begin a promote, where the settings make them a gate.
 */
async function firingFacts(
  parts: Pick<Parts, 'alerts'>,
  command: Pick<Command, 'verb'>,
  record: ServiceRecord,
  { settings }: Pick<Configured, 'settings'>,
): Promise<Pick<Facts, 'firing'>> {
  if (verbOf(command).needs?.includes('firing') !== true) return {};
  return { firing: await firingFor(parts, record, settings) };
}

/** Finds what comparing answers has found, for commands that begin a promote, where the settings make it a gate. */
async function diffFacts(
  parts: Pick<Parts, 'evidence' | 'adapters'>,
  command: Pick<Command, 'verb'>,
  record: ServiceRecord,
  configured: Configured,
): Promise<Pick<Facts, 'diff'>> {
  if (verbOf(command).needs?.includes('diff') !== true) return {};
  if (configured.settings.promotion.maxDiff === undefined) return {};
  return { diff: await diffFor(parts, record, configured) };
}

/** Finds the roles that the requester holds now, for the approval that starts their promote. */
async function requesterFacts(
  parts: Parts,
  command: Pick<Command, 'verb'>,
  { request }: ServiceRecord,
  configured: Configured,
): Promise<Pick<Facts, 'requester'>> {
  if (verbOf(command).needs?.includes('requester') !== true || request?.status !== 'open') return {};
  if (request.approvals.length + 1 < request.needed) return {};
  const { requester, duringFreeze } = request;
  return {
    requester: await rolesOf(parts, { actor: requester, verb: 'promote', duringFreeze }, configured),
  };
}
