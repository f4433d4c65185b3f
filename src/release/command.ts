import type { Actor } from './actor.ts';
import type { Line } from './line.ts';
import type { Refusal } from './refusals.ts';
import type { ServiceRecord } from './release.ts';
import type { RawSettings, Role, Settings } from './settings.ts';
import type { Loaded } from './store.ts';

/** Reasons to promote despite a freeze, a critical alert, or different answers. */
export interface Overrides {
  duringFreeze?: string;
  whileFiring?: string;
  despiteDiff?: string;
}

/** Returns only the overrides of what it is given, to keep or pass on. */
export function overridesOf({
  duringFreeze,
  whileFiring,
  despiteDiff,
}: { [K in keyof Overrides]?: string | undefined }): Overrides {
  return {
    ...(duringFreeze !== undefined && { duringFreeze }),
    ...(whileFiring !== undefined && { whileFiring }),
    ...(despiteDiff !== undefined && { despiteDiff }),
  };
}

/**
 * What all commands have. The file of a verb in `verbs/` says what its commands have besides; `Command` in
 * `verbs/index.ts` is any of them. Times in ms. Free text (a reason) is at most 300 characters, as typed.
 */
export interface BaseCommand<V extends string = string> {
  verb: V;
  service: string;
  actor: Actor;
  /** Names of this request (`signature:…`, `trigger:…`, `event:…`, `envelope:…`): a repeat changes nothing. */
  marks: readonly string[];
  /**
   * Set when the command came from a button: what the message shows (from the store) and what the button's value
   * says. `subject`: the one thing beyond its release that the button is about: the open request, or the stuck
   * operation for a Retry. Absent: there was none when it was drawn. `elsewhere`:
   * for an alert, the message is not one that shows it now.
   */
  press?: { release: string | null; epoch: number; button: string; subject?: string; elsewhere?: true };
  /** Set when the end of this countdown (its id) gives the command: it fits only then. */
  countdown?: string;
}

/**
 * The part of a request that is needed to report its outcome later. `about`: what the request acted on, if that is
 * not the service but something with its own message, such as an alert.
 */
export interface SubmittedCommand {
  verb: string;
  service: string;
  about?: Line;
  actor: Actor;
  marks: readonly string[];
}

/** The answer for the sender: one sentence that begins with the verb (accepted) or the code (refused). */
export type Answer =
  | { ok: true; text: Line; repeated?: boolean }
  /** `toldLater`: the sender gets the outcome later, from the storage. `open`: a repeat that is not confirmed yet. */
  | { ok: false; refusal: Refusal; repeated?: boolean; toldLater?: true; open?: true };

/**
 * A service as configured now: its settings, parsed and raw, and their digest. `seal`: proof for other processes that
 * a bot stored these settings in a record, and nobody else with access to the storage.
 */
export interface Configured {
  settings: Settings;
  raw: RawSettings;
  digest: string;
  seal: string;
}

/** The configured services. A service with only a record is `unconfigured`. */
export interface Catalog {
  names(): readonly string[];
  find(service: string): Configured | undefined;
  /** Reads settings stored in a record. Throws `Fault('bad-settings')`. */
  stored(record: ServiceRecord): Configured;
  /** Returns true when the settings in a record are those of the file, or carry a valid seal: they can be trusted. */
  vouchesFor(record: ServiceRecord): boolean;
  /** Returns the channel of a service's cards: its own, else the default. */
  channelOf(settings: Pick<Settings, 'channel'>): string;
}

/** Why Slack does not say who holds a role, and who must fix what. */
export interface Unread {
  why: Line;
  next: string;
}

/** Stands in for the holders of a role that has none. */
export const nobodyListed: Line = ['nobody is listed'];

/** Whether a person holds a role for a service, asked at the time of the press. */
export interface People {
  /**
   * `unknown`: Slack could not be asked in time. `recently`: Slack could not be asked, but this person was allowed
   * within the last 24 hours.
   */
  may(
    actor: Actor,
    roles: readonly Role[],
    settings: Settings | undefined,
  ): Promise<'yes' | 'no' | 'recently' | 'unknown'>;
  /** Why Slack does not say who holds these roles, and who must fix what; undefined where it may pass in a moment. */
  unread?(roles: readonly Role[], settings: Settings | undefined): Unread | undefined;
  /** Why the actor's claimed identity is rejected, if it is; call it after `may`. */
  denied?(actor: Actor): Line | undefined;
  /** The Slack ids to mention when this role is needed: groups and users as configured, or `nobodyListed`. */
  mentions(role: Role, settings: Settings | undefined): Line;
}

/** What a reading command needs to know about one service. */
export interface View {
  service: string;
  configured: Configured | undefined;
  loaded: Loaded;
  /** True: this replica's file does not name the service, and another replica's file does. */
  elsewhere?: true;
}
