import type { Color } from '../../../src/release/color.ts';
import { listen, sendJson } from './listening.ts';

/** Ways to break a color: late answers, answers with 500, or no process at all. */
export type Ailment = 'slow' | 'fail' | 'die';
/** All ways to break a color. */
export const ailments: readonly Ailment[] = ['slow', 'fail', 'die'];

/** What both colors need for a good answer. */
export interface Database {
  readonly down: boolean;
  break(): void;
  fix(): void;
}

/** Makes the database of both colors. */
export function makeDatabase(): Database {
  let down = false;
  return {
    get down() {
      return down;
    },
    break: () => void (down = true),
    fix: () => void (down = false),
  };
}

/** One color of the sample service. Every answer names its color (`x-color`) and version. */
export interface SampleColor {
  readonly color: Color;
  readonly url: string;
  readonly version: string;
  readonly ailment: Ailment | undefined;
  /** Runs this version from now on. */
  run(version: string): void;
  /** Breaks the color. A dead color's port refuses connections. */
  break(ailment: Ailment): Promise<void>;
  fix(): Promise<void>;
  close(): Promise<void>;
}

/** A slow color's delay, ms: longer than a health check waits. */
const slowMs = 3_000;

/** Starts a color on a free port. While the database is down, it answers with 500. */
export async function startColor(
  color: Color,
  firstVersion: string,
  database: Pick<Database, 'down'>,
): Promise<SampleColor> {
  let version = firstVersion;
  let ailment: Ailment | undefined;
  const server = await listen((_request, response) => {
    const answer = () => {
      const fails = ailment === 'fail' || database.down;
      sendJson(response, fails ? 500 : 200, { color, version }, { 'x-color': color });
    };
    if (ailment !== 'slow') return answer();
    const timer = setTimeout(answer, slowMs);
    response.once('close', () => clearTimeout(timer));
  });
  return {
    color,
    url: server.url,
    get version() {
      return version;
    },
    get ailment() {
      return ailment;
    },
    run: (next) => void (version = next),
    async break(next) {
      ailment = next;
      await (next === 'die' ? server.close() : server.open());
    },
    async fix() {
      ailment = undefined;
      await server.open();
    },
    close: () => server.close(),
  };
}
