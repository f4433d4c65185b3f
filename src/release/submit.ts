/**
 * The one way in: every changing command is decided and saved here.
 * See docs/design.md#from-a-command-to-traffic.
 */
import { actorId } from './actor.ts';
import { isBadRecord, logUnreadable, unreadable, unusable } from './bad-record.ts';
import { withContext, fromOutcome, storageAway } from './answer.ts';
import { saveDecision, refuseAndNote } from './save-decision.ts';
import type { Wake } from './save-decision.ts';
import { awaitOutcome } from './confirm.ts';
import { alertCards } from './alerts/port.ts';
import { alertNameOf } from './alerts/alert-name.ts';
import type { Answer, SubmittedCommand } from './command.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { elsewhere, isNamedElsewhere } from './configurations.ts';
import { Fault, isBadSettings } from './fault.ts';
import { requireRole, refuse } from './gates.ts';
import type { Facts } from './gates.ts';
import { factsOf, routerFacts } from './gather-facts.ts';
import { line, typed } from './line.ts';
import { notAdopted, starting } from './not-adopted.ts';
import type { Parts } from './parts.ts';
import { settingsFor } from './parts.ts';
import { firstRefusal } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import { firstLook } from './known-services.ts';
import { perMinute, tooManyRequests } from './rate.ts';
import { rolesFor, rolesOf } from './roles.ts';
import { submitToAlert } from './submit-to-alert.ts';
import { descriptions, isAboutAlert, verbOf } from './verbs/index.ts';
import type { AlertCommand, Command } from './verbs/index.ts';

/** How many times a lost compare-and-set is decided again. */
const attempts = 5;

/** The verbs that work on a service that left the configuration. */
const stillWork = [
  'status',
  'history',
  ...descriptions.filter((each) => each.unconfigured).map(({ name }) => name),
];

/** `status, history and revert`. */
function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** Makes `submit`: one command in, one answer out; never throws. */
export function makeSubmit(parts: Parts, wake: Wake): (command: Command | AlertCommand) => Promise<Answer> {
  return async (given) => {
    // A save of unknown outcome can be found, and stopped, only by its mark.
    const command = given.marks.length > 0 ? given : { ...given, marks: [`own:${crypto.randomUUID()}`] };
    const submitted: SubmittedCommand = isAboutAlert(command)
      ? { ...command, service: alertCards, about: alertNameOf(null) }
      : command;
    try {
      const first = isAboutAlert(command)
        ? await submitToAlert(parts, wake, command, submitted)
        : await submit(parts, wake, command);
      const last = !first.ok && first.open ? await awaitOutcome(parts, submitted, first) : first;
      const answer = last.ok ? last : { ...last, refusal: withContext(submitted, last.refusal, null) };
      if (!answer.ok && answer.repeated !== true) parts.observe.refusal(answer.refusal.code);
      return answer;
    } catch (cause) {
      if (cause instanceof Fault && cause.code === 'storage-unavailable') {
        if (cause.unclear) wake.confirmLater(submitted);
        parts.observe.refusal('storage-unavailable');
        parts.log.warn(
          { service: submitted.service, verb: submitted.verb, err: cause },
          'A command was refused: storage unavailable',
        );
        return {
          ok: false,
          refusal: withContext(submitted, storageAway(submitted, cause), null),
          ...(cause.unclear && { toldLater: true }),
        };
      }
      if (isBadRecord(cause)) {
        logUnreadable(parts, submitted.service, cause.message);
        parts.observe.refusal('storage-unavailable');
        return {
          ok: false,
          refusal: withContext(submitted, unreadable(submitted.service, cause.message), null),
        };
      }
      if (isBadSettings(cause)) {
        // Nothing is saved before the settings are read.
        parts.observe.refusal('unknown-service');
        return {
          ok: false,
          refusal: withContext(submitted, unusable(submitted.service, cause.message), null),
        };
      }
      parts.log.error({ service: submitted.service, verb: submitted.verb, err: cause }, 'A command failed');
      const why = cause instanceof Fault ? cause.message : 'Internal error; the bot’s log says more.';
      const refusal = refuse(
        'storage-unavailable',
        line`${why} Whether anything was done is not confirmed.`,
        submitted.about === undefined
          ? line`Look at ${typed(`status ${submitted.service}`)} before you try again.`
          : line`Look at its message before you try again.`,
      );
      return { ok: false, refusal: withContext(submitted, refusal, null) };
    }
  };
}

async function submit(parts: Parts, wake: Wake, command: Command): Promise<Answer> {
  const { store, catalog } = parts;
  const { service, marks } = command;
  const since = parts.clock.mono();
  const goesOn = verbOf(command).unconfigured === true;
  const counted = command.press === undefined && command.verb !== 'revert';
  const first = catalog.find(service);
  const [loadedFirst, rolesFirst] = await Promise.all([
    store.load(service, { marks, ...(counted && { rate: actorId(command.actor) }) }),
    first ? rolesOf(parts, command, first) : undefined,
  ]);
  let loaded = loadedFirst;
  if (loaded.repeat) return fromOutcome(loaded.repeat);
  const looked = loaded.record !== null || !first || (await firstLook(parts.remembered, parts.clock));
  if (loaded.record === null && looked && first) {
    loaded = { ...(await store.load(service, { marks })), rate: loaded.rate };
    if (loaded.repeat) return fromOutcome(loaded.repeat);
  }
  const lacked = !first && !goesOn && (await isNamedElsewhere(store, service));
  if (lacked) return refuseAndNote(parts, command, elsewhere(service), loaded.record);
  const configured = settingsFor(parts, service, loaded.record);
  if (!configured)
    return {
      ok: false,
      refusal: refuse(
        'unknown-service',
        line`There is no service ${{ code: service }}.`,
        line`${typed('status')} lists them.`,
      ),
    };
  if (!configured.configured && !goesOn) {
    const refusal = refuse(
      'unknown-service',
      line`${{ code: service }} is no longer configured: only its record is left.`,
      line`${listed(stillWork)} still work.`,
    );
    return refuseAndNote(parts, command, refusal, loaded.record);
  }
  const { roles, ...unknown } = rolesFirst ?? (await rolesOf(parts, command, configured));
  const tooMany = loaded.rate > perMinute ? tooManyRequests() : undefined;
  if (!loaded.record) {
    const subject = { roles, ...unknown, record: { service } };
    const denied = roles.size === 0 ? requireRole(subject, command, ...rolesFor(command)) : undefined;
    const why = looked
      ? notAdopted(service, loaded, parts.remembered.recorded.has(service))
      : starting(service);
    return refuseAndNote(parts, command, denied ?? tooMany ?? why, null);
  }
  const known = tooMany !== undefined || roles.size === 0;
  // A command that is refused in any case does not wait for the router.
  const router = known ? {} : await routerFacts(parts, command, loaded.record, configured);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { record, now } = loaded;
    if (!record) break;
    const gathered = await factsOf(parts, command, { ...loaded, record }, configured, { roles, ...unknown });
    const facts: Facts = { ...gathered, ...router };
    const decided = decide(facts, command, parts.driver);
    const decision = tooMany ? refusedFirst(decided, tooMany) : decided;
    const done = await saveDecision(parts, wake, command, facts, decision, loaded);
    if (done?.ok && done.repeated !== true) wake.accepted({ command, before: record, now }, since);
    if (done) return done;
    loaded = await store.load(service, { marks });
    if (loaded.repeat) return fromOutcome(loaded.repeat);
  }
  return refuseAndNote(
    parts,
    command,
    refuse(
      'operation-in-progress',
      line`${service} is being changed by others right now.`,
      line`Look at ${typed(`status ${service}`)} and try again.`,
    ),
    loaded.record,
  );
}

/** Refuses with this refusal, unless one of higher priority applies. */
function refusedFirst(decision: Decision, refusal: Refusal): Decision {
  const other = decision.kind === 'refused' ? [decision.refusal] : [];
  return { kind: 'refused', refusal: firstRefusal([refusal, ...other]) ?? refusal };
}
