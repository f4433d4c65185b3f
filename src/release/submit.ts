/** The one way in: every changing command, however it was given, is decided and saved here. */
import { changeOf } from './draft.ts';
import type { Answer, Command, Configured } from './command.ts';
import type { Decision } from './decision.ts';
import { Fault } from './fault.ts';
import { refuse } from './gates.ts';
import type { Facts } from './gates.ts';
import { summarise } from './heading.ts';
import { offsetFromNow } from './instant.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import { settingsFor } from './parts.ts';
import type { Refusal } from './refusals.ts';
import { actorId } from './release.ts';
import type { Role } from './settings.ts';
import type { Loaded, Outcome } from './store.ts';
import { approve, reject } from './verbs/approval.ts';
import { cancel } from './verbs/cancel.ts';
import { extend, lock, unlock } from './verbs/lock.ts';
import { adopt, retry } from './verbs/mend.ts';
import { promote } from './verbs/promote.ts';
import { revert } from './verbs/revert.ts';
import { settle } from './verbs/settle.ts';
import { stage } from './verbs/stage.ts';

/** Changing commands a person may send in a minute; reverts and presses do not count (SPEC 4). */
const perMinute = 120;
/** What a service that was removed from the configuration still takes (SPEC 10). */
const goesOnUnconfigured: ReadonlySet<string> = new Set(['revert', 'adopt', 'unlock']);
/** Times a lost compare-and-set is decided anew (SPEC 3). */
const attempts = 5;

/** What `submit` calls after a save: the operation of a service began, or something it must see at once changed. */
export interface Wake {
  drive(service: string): void;
  /** Its own process drives this service: look at the record now. */
  nudge(service: string): void;
  /** Something is due: look now, so that a card does not wait for the next look. */
  look(): void;
  /** Tells the sender later what became of a command whose save had no answer. */
  confirmLater(command: Command): void;
}

/** Decides a command on these facts. Pure but for random ids. */
export function decide(facts: Facts, command: Command, driver: string): Decision {
  switch (command.verb) {
    case 'stage':
      return stage(facts, command, driver);
    case 'promote':
      return promote(facts, command, driver);
    case 'revert':
      return revert(facts, command, driver);
    case 'approve':
      return approve(facts, command, driver);
    case 'reject':
      return reject(facts, command);
    case 'cancel':
      return cancel(facts, command);
    case 'settle':
      return settle(facts, command);
    case 'lock':
      return lock(facts, command);
    case 'extend':
      return extend(facts, command);
    case 'unlock':
      return unlock(facts, command);
    case 'retry':
      return retry(facts, command, driver);
    case 'adopt':
      return adopt(facts, command);
    default:
      return command satisfies never;
  }
}

/** Which of the roles this person holds for the service, asked now. */
export async function rolesOf(
  parts: Parts,
  command: Pick<Command, 'actor' | 'verb'>,
  configured: Configured,
): Promise<{ roles: Set<Role>; rolesUnknown: boolean }> {
  const wanted: Role[] = ['operator', 'approver', 'admin'];
  const said = await Promise.all(
    wanted.map((role) => parts.people.may(command.actor, [role], configured.settings)),
  );
  const counts = (answer: (typeof said)[number] | undefined): boolean =>
    answer === 'yes' || (answer === 'recently' && command.verb === 'revert');
  return {
    roles: new Set(wanted.filter((_, i) => counts(said[i]))),
    rolesUnknown: said.some((answer) => answer === 'unknown' || answer === 'recently'),
  };
}

function resolved(text: Line, now: number): Line {
  return text.map((part) => {
    if (typeof part === 'string' || !('at' in part)) return part;
    const offset = offsetFromNow(part.at);
    return offset === undefined ? part : { at: now + offset };
  });
}

function fromOutcome(outcome: Outcome): Answer {
  if (outcome.ok || outcome.code === undefined) return { ok: true, text: outcome.text, repeated: true };
  return { ok: false, refusal: { code: outcome.code, why: outcome.text }, repeated: true };
}

function storageAway(fault: Fault): Refusal {
  return refuse(
    'storage-unavailable',
    fault.unclear
      ? line`The storage did not answer: this is not confirmed. You will be told what became of it.`
      : line`The storage does not answer; nothing was done and nothing will be done later.`,
    line`Try again in a moment.`,
  );
}

/** Makes `submit`: command in, one answer out; never throws. */
export function makeSubmit(parts: Parts, wake: Wake): (command: Command) => Promise<Answer> {
  return async (command) => {
    try {
      const answer = await submit(parts, wake, command);
      if (!answer.ok && answer.repeated !== true) parts.observe.refusal(answer.refusal.code);
      return answer;
    } catch (cause) {
      if (cause instanceof Fault && cause.code === 'storage-unavailable') {
        if (cause.unclear) wake.confirmLater(command);
        parts.observe.refusal('storage-unavailable');
        parts.log.warn(
          { service: command.service, verb: command.verb, err: cause },
          'A command was refused: storage away',
        );
        return { ok: false, refusal: storageAway(cause) };
      }
      parts.log.error({ service: command.service, verb: command.verb, err: cause }, 'A command failed');
      const why = cause instanceof Fault ? cause.message : 'Something went wrong inside; it is in the log.';
      return { ok: false, refusal: refuse('storage-unavailable', line`${why} Nothing was done.`) };
    }
  };
}

async function submit(parts: Parts, wake: Wake, command: Command): Promise<Answer> {
  const { store, catalog } = parts;
  const { service, marks } = command;
  const counted = command.press === undefined && command.verb !== 'revert';
  const first = catalog.find(service);
  const [loadedFirst, rolesFirst] = await Promise.all([
    store.load(service, { marks, ...(counted && { rate: actorId(command.actor) }) }),
    first ? rolesOf(parts, command, first) : undefined,
  ]);
  let loaded = loadedFirst;
  if (loaded.repeat) return fromOutcome(loaded.repeat);
  const configured = settingsFor(parts, service, loaded.record);
  if (!configured)
    return {
      ok: false,
      refusal: refuse(
        'unknown-service',
        line`There is no service ${{ code: service }}.`,
        line`status lists them.`,
      ),
    };
  if (!configured.configured && !goesOnUnconfigured.has(command.verb)) {
    const refusal = refuse(
      'unknown-service',
      line`${{ code: service }} is no longer configured: only its record is left.`,
      line`status, history, revert, adopt and unlock go on.`,
    );
    return refuseAndNote(parts, command, refusal);
  }
  const { roles, rolesUnknown } = rolesFirst ?? (await rolesOf(parts, command, configured));
  if (loaded.rate > perMinute) {
    const refusal = refuse(
      'too-many-requests',
      line`More than ${perMinute} changing commands in this minute.`,
      line`Wait a minute; reverts are not counted.`,
    );
    return refuseAndNote(parts, command, refusal);
  }
  if (!loaded.record) {
    const asked = loaded.asked?.detail ?? 'not asked yet';
    return {
      ok: false,
      refusal: refuse(
        'router-unreachable',
        line`${service} was never seen: its router could not be asked (${asked}).`,
        line`It is adopted as soon as its router answers.`,
      ),
    };
  }
  const router =
    command.verb === 'adopt'
      ? summarise(await parts.adapters(service, configured).router.live(AbortSignal.timeout(1_200)))
      : undefined;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { record, now } = loaded;
    if (!record) break;
    const facts: Facts = {
      ...configured,
      record,
      now,
      roles,
      rolesUnknown,
      approvers: parts.people.mentions('approver', configured.settings),
      ...(router && { router }),
    };
    const done = await carryOut(parts, wake, command, facts, decide(facts, command, parts.driver), loaded);
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
      line`Look at status and try again.`,
    ),
  );
}

/** Saves what was decided. Undefined: another save came first, decide anew. */
async function carryOut(
  parts: Parts,
  wake: Wake,
  command: Command,
  facts: Facts,
  decision: Decision,
  loaded: Loaded,
): Promise<Answer | undefined> {
  const { store, driver } = parts;
  const { service, marks } = command;
  const markOf = (outcome: Outcome): { mark: { keys: string[]; outcome: Outcome } } | undefined =>
    marks.length > 0 ? { mark: { keys: [...marks], outcome } } : undefined;
  switch (decision.kind) {
    case 'refused': {
      if (decision.draft) {
        const channel = parts.catalog.channelOf(facts.settings);
        const saved = await store.save(changeOf(decision.draft, facts.record.revision, facts.now, channel));
        if (!saved.ok) return undefined;
      }
      return refuseAndNote(parts, command, decision.refusal);
    }
    case 'joined': {
      await store.note(
        service,
        { actor: command.actor, what: 'joined', text: decision.text },
        markOf({ ok: true, text: decision.text })?.mark,
      );
      return { ok: true, text: decision.text };
    }
    case 'wish': {
      const entry = {
        actor: command.actor,
        what: 'revert',
        text: line`asked for during ${facts.record.state}`,
      };
      const wished = await store.wish(
        service,
        decision.operation,
        { ...decision.wish, at: facts.now },
        entry,
        markOf({ ok: true, text: decision.text })?.mark,
      );
      if (!wished.ok && wished.why === 'repeat') return fromOutcome(wished.outcome);
      if (!wished.ok && wished.why === 'late') throw new Fault('storage-unavailable', 'too late');
      if (!wished.ok) return undefined;
      wake.nudge(service);
      return { ok: true, text: decision.text };
    }
    case 'change': {
      const { draft } = decision;
      const channel = parts.catalog.channelOf(facts.settings);
      const change = changeOf(draft, facts.record.revision, facts.now, channel, {
        ...markOf({ ok: true, text: decision.text }),
        ...(decision.drives && { lease: { act: 'take' as const, token: driver }, durable: true }),
        // An operation that ends here must not take a waiting revert with it.
        ...(facts.record.op !== null && draft.record.op === null && { unlessWish: true }),
        privateChannel: command.actor.kind === 'slack' ? command.actor.channel : undefined,
      });
      const saved = await store.save(change);
      if (!saved.ok) {
        if (saved.why === 'repeat') return fromOutcome(saved.outcome);
        if (saved.why === 'late') throw new Fault('storage-unavailable', 'too late');
        return undefined;
      }
      wake.look();
      if (decision.drives && !saved.replicated && command.verb !== 'revert') {
        await withdraw(parts, service, draft.record.op?.id);
        wake.drive(service);
        return {
          ok: false,
          refusal: refuse(
            'storage-unavailable',
            line`No replica of the storage confirmed it in time: not confirmed. It is being withdrawn.`,
            line`Look at status, then try again.`,
          ),
        };
      }
      if (decision.drives) wake.drive(service);
      else if (loaded.record?.op) wake.nudge(service);
      const unsure =
        decision.drives && !saved.replicated
          ? line` No replica of the storage confirmed it yet; it goes on all the same.`
          : [];
      return { ok: true, text: resolved([...decision.text, ...unsure], saved.now) };
    }
    default:
      return decision satisfies never;
  }
}

/** Ends an operation that was stored but not confirmed by a replica: it must not run. */
async function withdraw(parts: Parts, service: string, operation: string | undefined): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { record, now } = await parts.store.load(service);
    if (!record?.op || record.op.id !== operation) return;
    const draft = { record: structuredClone(record), history: [], notices: [], draw: new Set<string>() };
    if (draft.record.op)
      draft.record.op.ending = {
        code: 'storage-unavailable',
        cause: 'no replica of the storage confirmed it',
      };
    const channel = parts.catalog.channelOf(parts.catalog.stored(record).settings);
    if ((await parts.store.save(changeOf(draft, record.revision, now, channel))).ok) return;
  }
}

/** Answers with a refusal and writes it into the history; a failing history does not change the answer. */
async function refuseAndNote(parts: Parts, command: Command, refusal: Refusal): Promise<Answer> {
  const { marks } = command;
  const text = line`${refusal.why}${refusal.next ? line` ${refusal.next}` : ''}`;
  const mark =
    marks.length > 0 ? { keys: [...marks], outcome: { ok: false, code: refusal.code, text } } : undefined;
  await parts.store.note(
    command.service,
    {
      actor: command.actor,
      what: 'refused',
      text: line`${command.verb}: ${refusal.why}`,
      code: refusal.code,
    },
    mark,
  );
  return { ok: false, refusal };
}
