import type { Answer, SubmittedCommand } from './command.ts';
import type { Fault } from './fault.ts';
import { refuse, describeState } from './gates.ts';
import { offsetFromNow } from './instant.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { Refusal } from './refusals.ts';
import type { ServiceRecord } from './release.ts';
import type { Outcome, Store } from './store.ts';

/** Returns the line with its instants filled in, as of the save at `now`. */
export function withInstants(text: Line, now: number): Line {
  return text.map((part) => {
    if (typeof part === 'string' || !('at' in part)) return part;
    const offset = offsetFromNow(part.at);
    return offset === undefined ? part : { ...part, at: now + offset };
  });
}

/** Returns the answer to a repeated request: the outcome of the first. */
export function fromOutcome(outcome: Outcome): Answer {
  if (outcome.ok || outcome.code === undefined) return { ok: true, text: outcome.text, repeated: true };
  // The text holds everything that was said.
  return {
    ok: false,
    refusal: { code: outcome.code, what: [], why: outcome.text, next: [] },
    repeated: true,
    ...(outcome.open && { open: true }),
  };
}

/** What a request is about. */
type Subject = Pick<SubmittedCommand, 'verb' | 'service' | 'about'>;

/** Returns the refusal with what was refused, and with what is true now. */
export function withContext(
  { verb, service, about }: Subject,
  refusal: Refusal,
  record: ServiceRecord | null,
): Refusal {
  const now = refusal.now ?? (record ? describeState(record) : undefined);
  return {
    ...refusal,
    what: refusal.what ?? line`${verb} of ${about ?? [{ code: service }]} was refused.`,
    ...(now && { now }),
  };
}

/** Returns that the storage does not answer, or the word with which it refuses writes. */
export function refusesWrites(fault: Fault): string {
  return fault.refuses === undefined ? 'Redis does not answer' : fault.message.replace(/\.$/, '');
}

/**
 * Returns the refusal for a storage that gave no answer: nothing was done, or the outcome is unknown.
 * See docs/design.md#nothing-accepted-is-lost.
 */
export function storageAway({ verb, service, about }: Subject, fault: Fault): Refusal {
  if (!fault.unclear) {
    const glass =
      verb === 'revert'
        ? line` If traffic must go back before that, run this where the configuration file is: ${{ code: `switchback revert ${service} --break-glass <reason>` }}. It moves the router without Redis.`
        : [];
    return refuse(
      'storage-unavailable',
      line`${refusesWrites(fault)}; nothing was done and nothing will be done later.`,
      [...line`Try again ${fault.refuses === undefined ? 'in a moment' : 'when that is fixed'}.`, ...glass],
    );
  }
  const what = line`${verb} of ${about ?? [{ code: service }]} may have been stored.`;
  const why = line`Redis did not answer: this is not confirmed.`;
  const next = line`A message will tell you the result; until then look at ${about === undefined ? 'status' : 'its message'}.`;
  return { ...refuse('storage-unavailable', why, next), what };
}

/** Returns the outcome of a command whose save got no answer and that is not stored: it must not run any more. */
export function notStored(
  { verb, service, about }: Pick<SubmittedCommand, 'verb' | 'service' | 'about'>,
  { replicas = false }: Pick<Store, 'replicas'>,
): Outcome {
  // With replicas, an operation may have been stored and not confirmed; it is dropped then.
  const not = replicas ? 'was not stored and confirmed; it does not run' : 'was not stored; nothing was done';
  return {
    ok: false,
    code: 'storage-unavailable',
    text: line`Your ${verb} of ${about ?? service} ${not}. Send it again if you still want it.`,
  };
}

/** Returns the answer for an accepted command that a failover lost. `why`: why it is not simply repeated. */
export function failoverLost(
  { verb, service, about }: Pick<SubmittedCommand, 'verb' | 'service' | 'about'>,
  why: Line = [],
): Outcome {
  return {
    ok: false,
    code: 'storage-unavailable',
    text: line`A Redis failover lost your ${verb} of ${about ?? service} after it was accepted. ${why.length > 0 ? [...why, ' '] : ''}Look at ${about === undefined ? 'status' : 'its message'}, and do it again if you still want it.`,
  };
}

/** Returns what the sender reads later about a command. `outcome` undefined: the storage has forgotten it. */
export function toldLater(
  { verb, service, about }: Pick<SubmittedCommand, 'verb' | 'service' | 'about'>,
  outcome: Outcome | undefined,
): Line {
  const look = about === undefined ? 'its card or at status' : 'its message';
  if (outcome === undefined)
    return line`storage-unavailable: the result of your ${verb} of ${about ?? service} is no longer known; look at ${about === undefined ? 'status and history' : look}.`;
  if (outcome.ok)
    return line`${verb}: your ${verb} of ${about ?? service} was stored after all; look at ${look}.`;
  return line`${outcome.code ?? 'storage-unavailable'}: ${outcome.text}`;
}
