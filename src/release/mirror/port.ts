/** The port of the GETs whose answers are compared while a version is staged. See docs/mirror.md. */
import type { Color } from '../color.ts';

/** An answer, read whole. `contentType` and `location`: the headers as they came; '' when they are missing. */
export interface MirrorAnswer {
  status: number;
  contentType: string;
  location: string;
  body: string;
}

/** One GET that both colors are asked. */
export interface MirrorPath {
  /** The path for people: without the values of its query, which may be secrets. */
  readonly shown: string;
  /** Asks one color once. Never throws: `why` says why there is no answer to compare; it holds no secret. */
  ask(color: Color, signal: AbortSignal): Promise<MirrorAnswer | { why: string }>;
}

/** The GETs of a service, each asked in each round. */
export interface Mirror {
  readonly paths: readonly MirrorPath[];
  /** Pause between two rounds, ms. */
  readonly everyMs: number;
  /** Fields that are not compared, such as `items.*.updatedAt`, and headers by their names in lower case. */
  readonly ignore: readonly string[];
  /** The host with its port under which a color is asked: an answer may name it. */
  readonly hosts: Readonly<Record<Color, string>>;
}

/** The prefix of services in the agenda whose colors must be asked the same GETs. */
export const mirrorDue = 'mirror:';
