/**
 * The ports of the release core: what it needs of the world, said in its own words. Edges implement them; nothing in
 * `release/` knows which.
 * See docs/design.md#adapters.
 */
import type { Color } from './color.ts';

/** Where traffic of one router instance goes, asked of that instance itself. */
export type Heading = Color | 'unknown' | 'unreachable';

/** One instance's answer to `live()`. `instance` names it as the configuration does; `detail` says why in words. */
export interface RouterAnswer {
  instance: string;
  heading: Heading;
  detail?: string;
  /** The epoch that it was last told, where it says so. */
  epoch?: number;
  /** Who else changed it last, by a name that the router knows: then it is no late write of ours. */
  by?: string;
}

/**
 * What became of one write to one instance:
 * `taken`: the instance said so; `refused`: it said no; `unreachable`: nothing was sent; `unclear`: sent, but no
 * answer came, so it may or may not have been carried out.
 */
export interface PointAnswer {
  instance: string;
  outcome: 'taken' | 'refused' | 'unreachable' | 'unclear';
  /** Why it was not taken; or what people should know of one that was. */
  detail?: string;
}

/**
 * Whether one instance could serve a color at all: `no`: it says that it could not, and `detail` says why, as a sentence
 * without its full stop; `unknown`: it cannot say, which stands in nobody's way (`detail`: why, where that is worth
 * telling); `unreachable`: no answer.
 */
export interface ReadyAnswer {
  instance: string;
  ready: 'yes' | 'no' | 'unknown' | 'unreachable';
  detail?: string;
  /** It will be the same at the next switch: the router does not know the color, or cannot say by its set-up. */
  lasting?: boolean;
}

/** Something that is not as it should be where a router or a deploy works: both as sentences without their full stop. */
export interface Doubt {
  what: string;
  fix: string;
}

/**
 * Leave to write: asked immediately before bytes are sent; false when the service lease no longer covers a write that
 * takes `ms` (1 s unless said otherwise, 2 s at most).
 */
export interface WriteLeave {
  signal: AbortSignal;
  mayWrite(ms?: number): boolean;
  /** A person wants it now, also over what somebody else did to the router meanwhile; people hear of that. */
  insists?: boolean;
}

/**
 * Switches traffic of one service between its colors. Never throws for the router's own failings: those are answers.
 */
export interface Router {
  /** Names of the instances, in the order of the configuration; at least one. */
  readonly instances: readonly string[];
  /**
   * Asks every instance, uncached. One answer per instance, always. `wanted`: the color that the caller waits for. Only an
   * answer of that color must be sure (several routers behind one address contradict each other); any other is taken at
   * its first word. Without it every answer must be.
   */
  live(signal: AbortSignal, wanted?: Color): Promise<RouterAnswer[]>;
  /** Traffic follows what it says this much later at most, ms, and only a probe can see it. Absent: at once. */
  readonly followsMs?: number;
  /** `ready` also tells what no deploy can change: the router does not know the color, or cannot say (`lasting`). */
  readonly knowsColors?: true;
  /** Others write to it too, and it says who: it is asked every few seconds, so that people hear of it soon. */
  readonly othersWrite?: true;
  /** What stays on the color just left after a switch and cannot be counted: a sentence; `{left}` is that color. */
  readonly keeps?: string;
  /** Asks every instance whether it could serve `color` if it were pointed there. One answer per instance, always. */
  ready(color: Color, signal: AbortSignal): Promise<ReadyAnswer[]>;
  /**
   * Points the named instances (all, when omitted) at `color`; one write each; idempotent. `epoch` is the one the
   * record will have after the switch.
   */
  point(color: Color, epoch: number, leave: WriteLeave, only?: readonly string[]): Promise<PointAnswer[]>;
  /**
   * How many requests and connections that began before a switch are still served by `color`, on all instances together.
   * Undefined, or absent: it cannot say.
   */
  left?(color: Color, signal: AbortSignal): Promise<number | undefined>;
  /** What `left` counts, with its verb, for one and for several; connections, where it does not say. */
  readonly leftAre?: readonly [one: string, several: string];
  /** What a person should know of how it is set up: for who looks at that. */
  doubts?(signal: AbortSignal): Promise<Doubt[]>;
  /**
   * Brings this process's copy of the router's start-up state (HAProxy's map file, nginx's include file) to `color`, when
   * one is configured. Absent: the router keeps its own state. Resolves to an error text, or undefined when in step.
   */
  persist?(color: Color, signal: AbortSignal): Promise<string | undefined>;
}

/** One question asked of many services at once, where the router kind allows it: see `sweep` in `routers/`. */
export type PollMany = (signal: AbortSignal) => Promise<Map<string, RouterAnswer[]>>;

/** Verdict of one health question. `version` is the one reported, when a check reads one. */
export type Verdict =
  | { healthy: true; version?: string }
  | { healthy: false; code: 'unhealthy' | 'version-mismatch'; reason: string; version?: string };

/** One configured check of a service. Times in milliseconds. */
export interface HealthCheck {
  /** Short label for people: `GET /healthz`, `tcp :5432`. */
  readonly name: string;
  /** True when the answer names the version it runs. */
  readonly reportsVersion: boolean;
  readonly intervalMs: number;
  readonly successes: number;
  readonly deadlineMs: number;
  /** Asks the color once. With `expected`, another version is a `version-mismatch`. Never throws. */
  ask(color: Color, expected: string | undefined, signal: AbortSignal): Promise<Verdict>;
}

/** What a deploy is told. `release` is the idempotency key. */
export interface DeployJob {
  service: string;
  color: Color;
  version: string;
  release: string;
  /**
   * A start of this release may have been sent before, by this process or by one that ended, and its answer was lost: who
   * starts a deploy that cannot take the release as a key looks for that one first.
   */
  again?: boolean;
}

/** What became of a deploy that was to be ended. `ended`: nothing of it changes its color any more. */
export interface Stopped {
  ended: boolean;
  /** For people, without a full stop: `the pipeline was canceled`. */
  words: string;
}

/** Brings a version onto a color. Absent adapter (`none`): the version is already there. */
export interface Deploy {
  readonly deadlineMs: number;
  /** How long between two questions of `follow`, ms; a second unless said otherwise. */
  readonly pollMs?: number;
  /**
   * Starts the deploy, or finds the one already started for this release. Answers with its id. `mayRun`: whether it was
   * started is not known, or it was and nobody can follow it: then what runs on the color may change at any time. With
   * `retryable` the next start looks for it first.
   */
  start(
    job: DeployJob,
    signal: AbortSignal,
  ): Promise<{ ok: true; id: string } | { ok: false; reason: string; retryable: boolean; mayRun?: true }>;
  /**
   * Where it stands. A question that failed is `running` with the cause as message: only the deadline ends it. `url` is
   * where people can watch it, made from the configuration and never by an answer alone.
   */
  follow(
    id: string,
    signal: AbortSignal,
  ): Promise<{ state: 'running' | 'succeeded' | 'failed'; message?: string; url?: string }>;
  /**
   * Nobody here waits for it any more: what of it runs in this process is ended. Does nothing where nothing does. Another
   * process may go on with the stage.
   */
  abandon?(job: DeployJob): void;
  /**
   * The stage was given up: ends the deploy wherever it runs, until the signal aborts. `id` is what `start` answered;
   * undefined: that is not known, and a start may have been sent. May be called again. Never throws. Absent: nobody can
   * end it from here.
   */
  stop?(job: DeployJob, id: string | undefined, signal: AbortSignal): Promise<Stopped>;
  /** Why the next start would fail, as far as that can be known without one: for who looks at the set-up. */
  doubts?(signal: AbortSignal): Promise<Doubt[]>;
}

/** Points at which hooks are called. */
export type HookPoint = 'after-stage' | 'before-switch' | 'after-switch' | 'after-revert';

/** Body of a hook call. */
export interface HookCall {
  service: string;
  release: string;
  version: string;
  from: Color;
  to: Color;
  step: string;
  epoch: number;
  actor: string;
  reason: string;
}

/** One configured hook. */
export interface Hook {
  readonly at: HookPoint;
  /** Host and path, without credentials or query, for people. */
  readonly name: string;
  readonly onFailure: 'stop' | 'warn';
  /** Calls until 2xx or the deadline; what may pass is tried again within it, such as 5xx. Never throws. */
  call(
    body: HookCall,
    idempotencyKey: string,
    signal: AbortSignal,
  ): Promise<{ ok: true } | { ok: false; reason: string }>;
}

/** Asks through the router, on a fresh connection each time, which color answers clients. */
export interface Probe {
  readonly requests: number;
  /**
   * `same`: every request was answered by `color`; `other`: one was not; `proves-nothing`: answers cannot tell the
   * colors apart (equal versions and no color header). `versions` are those recorded for the colors.
   */
  ask(
    color: Color,
    versions: Readonly<Record<Color, string | undefined>>,
    signal: AbortSignal,
  ): Promise<{ verdict: 'same' | 'other' | 'proves-nothing'; detail: string }>;
}

/** One number of each color, told next to an alert that follows a release. */
export interface Comparison {
  /** What is compared, for people. */
  readonly name: string;
  readonly windowMs: number;
  readonly unit: 'ratio' | 'seconds' | 'number';
  /** Undefined: it could not be asked, or has no single value. Never throws. */
  ask(color: Color, signal: AbortSignal): Promise<number | undefined>;
}

/** The adapters of one service, made from its settings. */
export interface Adapters {
  router: Router;
  compare?: Comparison;
  health: readonly HealthCheck[];
  probe?: Probe;
  deploy?: Deploy;
  hooks: readonly Hook[];
}
