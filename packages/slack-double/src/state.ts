import type { Hooks } from './response-urls.ts';
import type { Ids } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { LeverState } from './levers.ts';
import type { Messages } from './messages.ts';
import type { Buckets, Rate } from './rate.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';
import type { World } from './directory.ts';

/** An act of the bot that Slack refused, or that breaks a rule of the project (`house`). */
export interface Violation {
  kind: 'refused' | 'house';
  /** The Web API method, `response_url` or `acknowledgement`. */
  where: string;
  error: string;
  messages: string[];
  args: JsonObject;
}

/** One call of the Web API or of a `response_url`, with its answer. */
export interface Call {
  method: string;
  args: JsonObject;
  answer: JsonObject;
  /** Milliseconds of the workspace's clock. */
  at: number;
}

/** The options of the workspace, with defaults filled in. */
export interface Settings {
  botToken: string;
  appToken: string;
  signingSecret: string;
  /** Undefined: every scope. */
  scopes: readonly string[] | undefined;
  appScopes: readonly string[];
  commands: readonly string[];
  /** True when typed `@ann` and `#releases` reach the bot as `<@U…|ann>` and `<#C…|releases>`. */
  shouldEscape: boolean;
  ackDeadlineMs: number;
  eventRetryDelaysMs: readonly number[];
  /** Posts per channel; undefined: no limits of any kind. */
  postRate: Rate | undefined;
}

/** The shared state of the workspace's parts. */
export interface Desk {
  readonly settings: Settings;
  readonly world: World;
  readonly ids: Ids;
  readonly messages: Messages;
  readonly views: Views;
  readonly triggers: Triggers;
  readonly hooks: Hooks;
  readonly buckets: Buckets;
  readonly levers: LeverState;
  readonly violations: Violation[];
  readonly calls: Call[];
  now(): number;
  /** Wakes all waiting callers. */
  changed(): void;
  /** `http://127.0.0.1:<port>` */
  origin(): string;
  /** An address for the next socket connection. */
  socketUrl(): string;
}

const MOST_NOTES = 10_000;

/** Records a violation; the oldest go first when there are too many. */
export function note(desk: Desk, violation: Violation): void {
  desk.violations.push(violation);
  if (desk.violations.length > MOST_NOTES) desk.violations.shift();
}

/** Records a call; the oldest go first when there are too many. */
export function record(desk: Desk, call: Call): void {
  desk.calls.push(call);
  if (desk.calls.length > MOST_NOTES) desk.calls.shift();
  desk.changed();
}

/** An answer of success. */
export const yes = (more: JsonObject = {}): JsonObject => ({ ok: true, ...more });

/** A refusal in Slack's form. `messages` name the rule, with a JSON pointer. */
export function no(error: string, messages: string[] = [], more: JsonObject = {}): JsonObject {
  if (messages.length === 0) return { ok: false, error, ...more };
  const marked: Json = messages.map((message) => `[ERROR] ${message}`);
  return { ok: false, error, errors: messages, response_metadata: { messages: marked }, ...more };
}
