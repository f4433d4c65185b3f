/**
 * What a release is: the record of a service, its parts, and the schemas that every stored record passes.
 * See docs/design.md#the-record.
 */
import { z } from 'zod';
import { keptSettingsSchema } from './settings.ts';
import { actorSchema } from './actor.ts';
import { actionItemSchema } from './action-item.ts';
import { colorSchema, otherColor } from './color.ts';
import type { Color } from './color.ts';
import { colorStateSchema } from './color-state.ts';
import { lockSchema } from './lock.ts';
import type { Lock } from './lock.ts';
import type { RefusalCode } from './refusals.ts';
import { labelSchema } from './label.ts';
import { overridesShape, requestSchema } from './request.ts';
import { unrevertedSchema } from './unreverted.ts';

export type { ActionItem } from './action-item.ts';
export type { ColorState } from './color-state.ts';

const instant = z.number();

export const states = ['idle', 'staging', 'staged', 'promoting', 'baking', 'reverting', 'stuck'] as const;
/** A rest is an adjective, a motion a participle. */
export type State = (typeof states)[number];

/** Codes of operations that did not succeed; a refusal's code may stand in their place. */
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
  /** What was live when it was staged: what `compare` links from. */
  from: z.string().nullable(),
  status: z.enum([
    'staging',
    'staged',
    'promoting',
    'baking',
    'live',
    'reverting',
    'reverted',
    'replaced',
    'failed',
    'dropped',
    'stuck',
  ]),
  /** Why it is where it is, when something went wrong: code and sentence. */
  code: labelSchema<Code>().optional(),
  cause: z.string().optional(),
  stagedBy: actorSchema,
  stagedAt: instant,
  /** Whose approvals its promote was begun with. */
  approvedBy: z.array(actorSchema).optional(),
  promotedBy: actorSchema.optional(),
  promotedAt: instant.optional(),
  /** When its bake ended, however it did but for a revert. */
  settledAt: instant.optional(),
  revertedBy: actorSchema.optional(),
  revertedAt: instant.optional(),
  /** Decision to verified traffic, in ms, of its promote, and of the revert that took it back. */
  switchMs: z.number().optional(),
  revertMs: z.number().optional(),
  /** The revert was forced: nothing was checked or verified. */
  forced: z.boolean().optional(),
  /** What the probe said of the newer of them, or could not. */
  probe: z.string().optional(),
  /** What stays on the color left by the newer of them, by the router's own words. */
  stays: z.string().optional(),
  steps: z.array(stepSchema),
});
export type Release = z.infer<typeof releaseSchema>;

const operationBase = {
  id: z.string(),
  release: z.string(),
  /** The color that it brings about: staged on, promoted to, gone back to. */
  target: colorSchema,
  /** The version that the target must report; null: unknown. */
  version: z.string().nullable(),
  actor: actorSchema,
  at: instant,
  reason: z.string().optional(),
  /** The step to do next. */
  step: z.enum([
    'ask-router',
    'deploy',
    'check',
    'after-stage',
    'before-switch',
    'intent',
    'switch',
    'undo',
    'drop',
  ]),
  /** The process that carries it out; another that finds it here took it over. */
  driver: z.string(),
  deployId: z.string().optional(),
  /**
   * When it was stored, while no replica of the storage is known to have it, where there are some. Only the process that
   * accepted it confirms it; without that nobody carries it out, and it is dropped.
   */
  unconfirmedAt: instant.optional(),
  /** When the intent was saved; undefined: the router has not been touched. */
  intentAt: instant.optional(),
  /** Until when the present step may go on (verify, undo, deploy). */
  deadlineAt: instant.optional(),
  /** Set when it is to be dropped or undone: how it will end. `mayRun`: whether its deploy may change its color even then; undefined: not known. */
  ending: z
    .looseObject({
      code: labelSchema<Code>(),
      cause: z.string(),
      actor: actorSchema.optional(),
      mayRun: z.boolean().optional(),
    })
    .optional(),
};

const plainOperationSchema = z.looseObject({
  ...operationBase,
  kind: z.enum(['stage', 'promote']),
  ...overridesShape,
});
export type PlainOperation = z.infer<typeof plainOperationSchema>;

const revertSchema = z.looseObject({
  ...operationBase,
  /** `restore`: the router is put back to the recorded live color after drift; no lock, roles kept. */
  kind: z.enum(['revert', 'restore']),
  /** The reason given with `--force`: the target's health is not asked. */
  force: z.string().optional(),
  /** The router said the target before anything was written: that is recorded, whatever the probe says. */
  found: z.boolean().optional(),
  /** The state that it began in, to return to when it is refused. */
  was: z.enum(states),
  /** The promote it interrupted (`promoting`, `stuck`), taken up again when the revert is refused. */
  interrupted: plainOperationSchema.optional(),
});

const operationSchema = z.discriminatedUnion('kind', [plainOperationSchema, revertSchema]);
/** One stage, promote, revert or restore under way; in `stuck`, the one that hangs. */
export type Operation = z.infer<typeof operationSchema>;
export type Revert = z.infer<typeof revertSchema>;
export type Step = Operation['step'];

const bakeSchema = z.looseObject({
  release: z.string(),
  startedAt: instant,
  until: instant,
  verdict: z.enum(['healthy', 'unhealthy']),
  cause: z.string().optional(),
  /** It was unhealthy once: then it settles only on good checks after its end. */
  wasUnhealthy: z.boolean().optional(),
  wayBack: z.enum(['alive', 'dead', 'none']),
  wayBackCause: z.string().optional(),
  /** `after-switch` hooks have been called. */
  hooksDone: z.boolean(),
  /** A hook with `stop` failed: it stays unhealthy until its end. */
  hookFailed: z.string().optional(),
  /** When a bake that was unhealthy reached its end: from then on good checks count. */
  endedAt: instant.optional(),
  /** No replica can read the settings that it is watched with; that was said. */
  unwatched: z.boolean().optional(),
});
export type Bake = z.infer<typeof bakeSchema>;

export type { Lock } from './lock.ts';

export const recordSchema = z.looseObject({
  schema: z.literal(1),
  service: z.string(),
  revision: z.int(),
  epoch: z.int(),
  state: z.enum(states),
  live: colorSchema,
  colors: z.object({ blue: colorStateSchema, green: colorStateSchema }),
  /** Number of the newest release. */
  sequence: z.int(),
  /** Newest first. Older ones are kept for their last drawing; those of the live and the previous color for longer. */
  releases: z.array(releaseSchema),
  op: operationSchema.nullable(),
  request: requestSchema.nullable(),
  bake: bakeSchema.nullable(),
  lock: lockSchema.nullable(),
  drift: z.looseObject({ saw: z.string(), at: instant }).nullable(),
  /** The live color reports a version other than the recorded one. */
  versionDrift: z.looseObject({ color: colorSchema, saw: z.string(), at: instant }).nullable().optional(),
  lastRevert: z.looseObject({ actor: actorSchema, at: instant, version: z.string().nullable() }).nullable(),
  /** After a switch or undo: when the router is asked again, and which color it must not go back to. */
  reask: z
    .looseObject({ left: colorSchema, at: z.array(instant), putBackUntil: instant.nullable() })
    .nullable(),
  /** Until when a write of a color that was sent may still be carried out, whatever the router says now. */
  late: z.looseObject({ blue: instant.optional(), green: instant.optional() }).optional(),
  /** Router instances that still have to follow a revert. */
  follow: z
    .looseObject({
      instances: z.array(z.string()),
      at: instant,
      /** Those that answered the newest look and did not follow. */
      unwilling: z.array(z.string()).optional(),
    })
    .nullable(),
  /** The router's start-up state disagrees with the record (HAProxy's map file); tried again at `at`. */
  persist: z.looseObject({ cause: z.string(), at: instant, untold: z.boolean().optional() }).nullable(),
  /** `after-revert` hooks still to be called. */
  afterRevert: z
    .looseObject({ release: z.string(), from: colorSchema, actor: z.string(), reason: z.string() })
    .nullable(),
  /** When a person last acted on something that was wrong with the service. */
  pressedAt: instant.optional(),
  /** What notices ask for, the newest last. */
  asks: z.array(actionItemSchema).optional(),
  /** Ids of what the command line did while the storage was away, taken in already; the newest last. */
  brokenGlass: z.array(z.string()).optional(),
  ...unrevertedSchema.shape,
  /** As accepted with the newest operation; `${NAME}` unreplaced. */
  ...keptSettingsSchema.shape,
  /** What the release was switched with, while a revert by a file that names another router moves that of both. */
  formerly: keptSettingsSchema.nullable().optional(),
});
/** Everything Switchback knows of one service. */
export type ServiceRecord = z.infer<typeof recordSchema>;

/** The color without traffic. */
export function idleColor(record: ServiceRecord): Color {
  return otherColor(record.live);
}

/** The newest release, the one whose card has the buttons. */
export function newestRelease(record: ServiceRecord): Release | undefined {
  return record.releases[0];
}

/** The release of this id, when the record still has it. */
export function releaseOf(record: ServiceRecord, id: string): Release | undefined {
  return record.releases.find((release) => release.id === id);
}

/** Where a release stands that has, had or is getting the traffic and was not taken back. */
const switched: ReadonlySet<Release['status']> = new Set([
  'promoting',
  'baking',
  'live',
  'reverting',
  'replaced',
  'stuck',
]);

/** The release that brought the version of this color; undefined when it was adopted, or is not promoted. */
export function releaseOn(record: ServiceRecord, color: Color): Release | undefined {
  const { version } = record.colors[color];
  return record.releases.find(
    (each) => each.color === color && each.version === version && switched.has(each.status),
  );
}

/** The release that the record is about now: that of the operation under way, else the newest. */
export function subjectOf(record: ServiceRecord): Release | undefined {
  const { op } = record;
  return (op && releaseOf(record, op.release)) ?? newestRelease(record);
}

/** True while an operation is carried out, so that a process should hold the service lease. */
export function underWay(record: ServiceRecord): boolean {
  return record.op !== null && record.state !== 'stuck';
}

/** The lock that holds now, if any. */
export function lockAt(record: ServiceRecord, now: number): Lock | undefined {
  const lock = record.lock;
  return lock !== null && (lock.until === null || lock.until > now) ? lock : undefined;
}
