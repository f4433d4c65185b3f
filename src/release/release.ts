/** The record of a service: its types, and the schemas of every stored record. See docs/design.md#the-record. */
import { z } from 'zod';
import { keptSettingsSchema } from './settings.ts';
import { actorSchema } from './actor.ts';
import { actionItemSchema } from './action-item.ts';
import { autoRevertSchema } from './auto-revert/state.ts';
import { colorSchema, otherColor } from './color.ts';
import type { Color } from './color.ts';
import { dataSyncSchema } from './data-sync-schema.ts';
import { colorStateSchema } from './color-state.ts';
import { releaseStatuses, states, steps } from './machine.ts';
import { lockSchema } from './lock.ts';
import type { Lock } from './lock.ts';
import type { RefusalCode } from './refusals.ts';
import { savedEvidenceSchema } from './evidence/saved-evidence.ts';
import { savedDiffSchema } from './mirror/saved-diff.ts';
import { readOnlyStateSchema } from './read-only-schema.ts';
import { bakeSchema } from './bake-schema.ts';
import { labelSchema } from './label.ts';
import { overridesShape, requestSchema } from './request.ts';
import { unrevertedSchema } from './unreverted.ts';
import { wayBackShape } from './way-back-schema.ts';
import { fedSchema } from './fed-schema.ts';
import { heldSchema, writesOffSchema } from './writes-schema.ts';

export type { ActionItem } from './action-item.ts';
export type { Bake } from './bake-schema.ts';
export type { ColorState } from './color-state.ts';
export { states } from './machine.ts';
export type { State } from './machine.ts';

const instant = z.number();

/** Codes of operations that did not succeed; a refusal's code may be used too. */
export const outcomeCodes = [
  'deploy-failed',
  'hook-failed',
  'verify-failed',
  'interrupted',
  'timed-out',
  'cancelled',
  'rejected',
  'superseded',
] as const;
/** The code of an operation that did not succeed. */
export type Code = (typeof outcomeCodes)[number] | RefusalCode;

const stepSchema = z.looseObject({
  name: z.string(),
  status: z.enum(['doing', 'done', 'failed']),
  detail: z.string().optional(),
  /** Where people can watch it. */
  url: z.string().optional(),
  at: instant,
});
/** A step as the card shows it. */
export type ShownStep = z.infer<typeof stepSchema>;

const releaseSchema = z.looseObject({
  /** Random, never reused. */
  id: z.string(),
  number: z.int(),
  version: z.string(),
  color: colorSchema,
  /** The version that was live when this one was staged; `compare` links from it. */
  from: z.string().nullable(),
  status: z.enum(releaseStatuses),
  /** Why the release has its status, when something failed: code and sentence. */
  code: labelSchema<Code>().optional(),
  cause: z.string().optional(),
  stagedBy: actorSchema,
  stagedAt: instant,
  /** The people whose approvals started its promote. */
  approvedBy: z.array(actorSchema).optional(),
  promotedBy: actorSchema.optional(),
  promotedAt: instant.optional(),
  /** When its bake ended, in any way but by a revert. */
  settledAt: instant.optional(),
  revertedBy: actorSchema.optional(),
  revertedAt: instant.optional(),
  /** How long the switch of its promote took, and that of the revert, from the saved intent to verified traffic, ms. */
  switchMs: z.number().optional(),
  revertMs: z.number().optional(),
  /** What waited in the router during the newer of the two: see `HeldWrites`. */
  writesHeld: heldSchema.optional(),
  /** How long its databases took to be turned round during the newer of the two, ms. */
  dataTurnedMs: z.number().optional(),
  /** True: the revert was forced, without checks or verification. */
  forced: z.boolean().optional(),
  /** What the probe of the newer of the two found, or why it found nothing. */
  probe: z.string().optional(),
  /** What stays on the color that the newer of the two left, in the router's own words. */
  stays: z.string().optional(),
  ...wayBackShape,
  steps: z.array(stepSchema),
});
/** One release: a version on its way through one service. */
export type Release = z.infer<typeof releaseSchema>;

const operationBase = {
  id: z.string(),
  release: z.string(),
  /** The color that this operation is about: staged on, promoted to, reverted to. */
  target: colorSchema,
  /** The version that the target must report; null: unknown. */
  version: z.string().nullable(),
  actor: actorSchema,
  at: instant,
  reason: z.string().optional(),
  /** The process that carries it out; another process that finds it here took it over. */
  driver: z.string(),
  deployId: z.string().optional(),
  /** When it was stored, until the process that accepted it confirms that a replica has it; else it is dropped. */
  unconfirmedAt: instant.optional(),
  /** When the intent was saved; undefined: the router has not been touched. */
  intentAt: instant.optional(),
  /** Until when the current step may continue (verify, undo, deploy). */
  deadlineAt: instant.optional(),
  /** How it will end, if it is being dropped or undone. `mayRun`: its deploy may still change its color. */
  ending: z
    .looseObject({
      code: labelSchema<Code>(),
      cause: z.string(),
      actor: actorSchema.optional(),
      mayRun: z.boolean().optional(),
    })
    .optional(),
};

const stageSchema = z.looseObject({
  ...operationBase,
  kind: z.literal('stage'),
  /** The next step. */
  step: z.enum(steps.stage),
});
/** A stage. */
export type Stage = z.infer<typeof stageSchema>;

const promoteSchema = z.looseObject({
  ...operationBase,
  kind: z.literal('promote'),
  step: z.enum([...steps.promote, 'undo']),
  ...overridesShape,
});
/** A promote. */
export type Promote = z.infer<typeof promoteSchema>;

const revertSchema = z.looseObject({
  ...operationBase,
  /** `restore`: after drift, the router is put back to the recorded live color; no lock, roles are kept. */
  kind: z.enum(['revert', 'restore']),
  step: z.enum(steps.revert),
  /** The reason given with `--force`: the target's health is not checked. */
  force: z.string().optional(),
  /** True: the router said the target before anything was written. That is recorded, whatever the probe says. */
  found: z.boolean().optional(),
  /** What the router said at its start: a color, or why none. */
  saw: z.string().optional(),
  /** The state in which it began, to return to when it is refused. */
  was: z.enum(states),
  /** The promote that it interrupted (`promoting`, `stuck`); it resumes when the revert is refused. */
  interrupted: promoteSchema.optional(),
});

const operationSchema = z.discriminatedUnion('kind', [stageSchema, promoteSchema, revertSchema]);
/** One stage, promote, revert or restore that is under way; in the state `stuck`, the one that is stuck. */
export type Operation = z.infer<typeof operationSchema>;
/** A revert or restore. */
export type Revert = z.infer<typeof revertSchema>;
/** The part of an operation that comes next. */
export type Step = Operation['step'];

export type { Lock } from './lock.ts';

/** The shape of a stored record; unknown fields of a newer version stay. */
export const recordSchema = z.looseObject({
  schema: z.literal(1),
  service: z.string(),
  revision: z.int(),
  epoch: z.int(),
  state: z.enum(states),
  live: colorSchema,
  colors: z.object({ blue: colorStateSchema, green: colorStateSchema }),
  /** The number of the newest release. */
  sequence: z.int(),
  /** Newest first. Older ones are kept until their last drawing, those of the live and previous color for longer. */
  releases: z.array(releaseSchema),
  op: operationSchema.nullable(),
  request: requestSchema.nullable(),
  bake: bakeSchema.nullable(),
  lock: lockSchema.nullable(),
  drift: z.looseObject({ saw: z.string(), at: instant }).nullable(),
  /** The live color reports another version than the recorded one. */
  versionDrift: z.looseObject({ color: colorSchema, saw: z.string(), at: instant }).nullable().optional(),
  /** What asking both colors says; absent: they are not asked, or that says nothing yet. */
  evidence: savedEvidenceSchema.optional(),
  diff: savedDiffSchema.optional(),
  readOnly: readOnlyStateSchema.optional(),
  dataSync: dataSyncSchema.optional(),
  /** Writes must go on: `off` is called with this until it is answered. `cause`: why the last call failed. */
  writesOff: writesOffSchema.optional(),
  fed: fedSchema.optional(),
  /** The turn of the databases that was begun and has not ended: see `TurnOrder`. */
  turn: z
    .looseObject({
      id: z.string(),
      at: instant,
      begun: z.array(z.looseObject({ to: colorSchema, step: z.string() })),
    })
    .optional(),
  /** The countdown to an automatic revert; read it with `autoRevertOf`. */
  autoRevert: autoRevertSchema.optional(),
  lastRevert: z.looseObject({ actor: actorSchema, at: instant, version: z.string().nullable() }).nullable(),
  /** After a switch or undo: when the router is asked again, and which color it must not return to. */
  reask: z
    .looseObject({ left: colorSchema, at: z.array(instant), putBackUntil: instant.nullable() })
    .nullable(),
  /** Until when a sent write of a color may still be carried out, whatever the router says now. */
  late: z.looseObject({ blue: instant.optional(), green: instant.optional() }).optional(),
  /** The router instances that still have to follow a revert. */
  follow: z
    .looseObject({
      instances: z.array(z.string()),
      at: instant,
      /** The instances that answered the newest look and did not follow. */
      unwilling: z.array(z.string()).optional(),
    })
    .nullable(),
  /** The router's start-up state (HAProxy's map file) disagrees with the record; the next attempt is at `at`. */
  persist: z.looseObject({ cause: z.string(), at: instant, untold: z.boolean().optional() }).nullable(),
  /** The `after-revert` hooks that must still be called. */
  afterRevert: z
    .looseObject({ release: z.string(), from: colorSchema, actor: z.string(), reason: z.string() })
    .nullable(),
  /** When a person last acted on a problem of the service. */
  pressedAt: instant.optional(),
  /** What notices ask for, newest last. */
  asks: z.array(actionItemSchema).optional(),
  /** Ids of the break-glass moves that were taken in, newest last. */
  brokenGlass: z.array(z.string()).optional(),
  ...unrevertedSchema.shape,
  /** The settings as accepted with the newest operation; `${NAME}` unreplaced. */
  ...keptSettingsSchema.shape,
  /** The settings of the switch, while a revert moves that router and the one that the file names now. */
  formerly: keptSettingsSchema.nullable().optional(),
});
/** Everything that Switchback knows about one service. */
export type ServiceRecord = z.infer<typeof recordSchema>;

/** Returns the color without traffic. */
export function idleColor(record: ServiceRecord): Color {
  return otherColor(record.live);
}

/** Returns the newest release, whose card has the buttons. */
export function newestRelease(record: ServiceRecord): Release | undefined {
  return record.releases[0];
}

/** Returns the release with this id, when the record still has it. */
export function releaseOf(record: ServiceRecord, id: string): Release | undefined {
  return record.releases.find((release) => release.id === id);
}

/** The statuses of a release that had, has or is getting the traffic and was not reverted. */
const switched: ReadonlySet<Release['status']> = new Set([
  'promoting',
  'baking',
  'live',
  'reverting',
  'replaced',
  'stuck',
]);

/** Returns the release that brought the version of this color; undefined when it was adopted, or is not promoted. */
export function releaseOn(record: ServiceRecord, color: Color): Release | undefined {
  const { version } = record.colors[color];
  return record.releases.find(
    (each) => each.color === color && each.version === version && switched.has(each.status),
  );
}

/** Returns the record's current release: that of the operation under way, else the newest. */
export function subjectOf(record: ServiceRecord): Release | undefined {
  const { op } = record;
  return (op && releaseOf(record, op.release)) ?? newestRelease(record);
}

/** Returns true while an operation is carried out, so that a process should hold the service lease. */
export function underWay(record: ServiceRecord): boolean {
  return record.op !== null && record.state !== 'stuck';
}

/** Returns the lock that holds now, if any. */
export function lockAt(record: ServiceRecord, now: number): Lock | undefined {
  const lock = record.lock;
  return lock !== null && (lock.until === null || lock.until > now) ? lock : undefined;
}
