import { basename } from 'node:path';
import { z } from 'zod';
import { makeScrub, redacted, shortestSecret } from '../log/scrub.ts';
import { onAbort } from '../net/on-abort.ts';
import { oneLineText } from '../net/answer-path.ts';
import { type Ran, runProgram, systemPath } from '../net/run-program.ts';
import { whyNotRun } from '../net/why-not-run.ts';
import { colorSchema } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy, DeployJob } from '../release/ports.ts';
import { versionSchema } from '../release/settings.ts';

/** Most characters, and most lines, of a program's output that people see: while it runs, and when it failed. */
const mostShown = 300;
const shownLines = { running: 3, failed: 10 };

/** How long a program without a stage that ends it may run past its deadline, in ms. */
const reserveMs = 2_000;

const given = ['SERVICE', 'COLOR', 'VERSION', 'RELEASE'];
const placeholder = /\{(service|color|version|release)\}/g;

const wordSchema = z
  .string()
  .regex(/^[^\0\r\n]{1,1000}$/, 'must be one line of text')
  .refine(
    (word) => !/\{\w+\}/.test(word.replaceAll(placeholder, '')),
    'may contain {service}, {color}, {version} and {release}, and no other name in braces',
  );

/** Options of a deploy by a local program. No shell reads `run`; `env` is added to the program's environment. */
export const commandDeployOptions = z.strictObject({
  kind: z.literal('command'),
  run: z
    .array(wordSchema, {
      error: 'must be a list: the program, then each of its arguments, such as [./deploy.sh, "{version}"]',
    })
    .min(1)
    .max(64)
    .refine(
      ([program = '']) => !program.includes('{'),
      'must begin with the name of a program, without a placeholder',
    ),
  directory: z.string().regex(/^\/[^\0\r\n]*$/, 'must be the absolute path of a folder'),
  env: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must have letters, digits and _ only')
        .refine((name) => !given.includes(name), `must not be one of ${given.join(', ')}, which are set`),
      z.string().regex(/^[^\0]*$/, 'must be text'),
      {
        error: ({ code }) =>
          code === 'invalid_type'
            ? 'must be a list of names of environment variables, or a group of names and values'
            : undefined,
      },
    )
    .default({}),
  deadline: durationSchema.prefault('20m'),
});

type Options = z.output<typeof commandDeployOptions>;

/** One run in this process. `ran`: how it ended. */
interface Run {
  /** Another process may have started the program too; this process cannot end that one. */
  again: boolean;
  lines: string[];
  ran?: Ran;
  done: Promise<void>;
  stop: AbortController;
}

/** Runs of this process by deploy id. Static: settings that are read again make another adapter; the run goes on. */
const runs = new Map<string, Run>();

/** Ended runs of this process by deploy id, and whether another process may have started one too; the newest. */
const endedHere = new Map<string, boolean>();
const mostEnded = 100;

function noteEnded(id: string, again: boolean): void {
  endedHere.delete(id);
  endedHere.set(id, again);
  const [oldest] = endedHere.keys();
  if (endedHere.size > mostEnded && oldest !== undefined) endedHere.delete(oldest);
}

/** Some of what it started still runs, and this process may not end it. */
const isAlive = ({ ran }: Run): boolean => ran?.outcome === 'ended' && ran.alive === true;

/** Waits for the end of a run, or until the signal aborts. */
async function isDone({ done }: Run, signal: AbortSignal): Promise<boolean> {
  const over = new Promise<false>((resolve) => onAbort(signal, () => resolve(false)));
  return Promise.race([done.then(() => true as const), over]);
}

const jobSchema = z.tuple([z.string(), colorSchema, z.string(), z.string()]);

/** The id contains the whole job, so that another process can run it again after this one died. */
const idOf = ({ service, color, version, release }: DeployJob): string =>
  JSON.stringify([service, color, version, release]);

/**
 * Makes a deploy by a program on this machine. Each process that carries the stage out runs it once: a process that
 * takes over cannot know how far the other program came, and runs it again with the same RELEASE.
 */
export function commandDeploy(options: Options): Deploy {
  const { env, run, directory, deadline } = options;
  const name = basename(run[0] ?? '');
  const secrets = Object.entries(env).flatMap(([key, value]) =>
    key === 'PATH' ? [] : [value, ...value.split(/\r?\n/)],
  );
  const scrub = makeScrub(secrets);
  const whole = secrets
    .filter((each) => each.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length);
  const hide = {
    text: (line: string) => whole.reduce((text, secret) => text.replaceAll(secret, redacted), line),
    longest: whole[0]?.length ?? 0,
  };
  const shown = (lines: readonly string[], most: number): string => {
    const text = oneLineText(scrub.text(lines.slice(-most).join(' / ')), 8_000);
    // The end of the output says most.
    return text.length > mostShown ? `…${oneLineText(text.slice(1 - mostShown), mostShown)}` : text;
  };

  function begin(id: string, { service, color, version, release, again = false }: DeployJob): Run {
    const before = runs.get(id);
    const values: Record<string, string> = { service, color, version, release };
    const fill = (word: string) => word.replaceAll(placeholder, (_all, key: string) => values[key] ?? '');
    const stop = new AbortController();
    const lines: string[] = [];
    const job = { SERVICE: service, COLOR: color, VERSION: version, RELEASE: release };
    const begun: Run = { again, lines, stop, done: Promise.resolve() };
    begun.done = (async () => {
      await before?.done;
      begun.ran = await runProgram({
        run: run.map(fill),
        directory,
        env: { PATH: systemPath, ...env, ...job },
        deadlineMs: deadline + reserveMs,
        signal: stop.signal,
        hide,
        onLine(line) {
          lines.push(line);
          if (lines.length > shownLines.running) lines.shift();
        },
      });
    })();
    runs.set(id, begun);
    return begun;
  }

  /** The run of this job; starts it when there is none. */
  function runOf(id: string, job: DeployJob): Run {
    const known = runs.get(id);
    return known && !known.stop.signal.aborted ? known : begin(id, job);
  }

  return {
    deadlineMs: deadline,
    examined: `${name} can be run on this machine, in ${directory}`,
    async doubts() {
      const doubt = await whyNotRun({ run, directory, env: { PATH: systemPath, ...env } });
      return doubt ? [doubt] : [];
    },
    async start(job) {
      const odd = whyNotGiven(job.version);
      if (odd !== undefined) return { ok: false, reason: odd, retryable: false };
      const id = idOf(job);
      runOf(id, job);
      return { ok: true, id };
    },
    async follow(id) {
      const job = jobOf(id);
      if (job === undefined) return { state: 'failed', message: 'its id belongs to another kind of deploy' };
      const { ran, lines } = runOf(id, { ...job, again: true });
      if (ran === undefined) {
        const message = shown(lines, shownLines.running);
        return { state: 'running', ...(message !== '' && { message }) };
      }
      if (ran.outcome === 'not-started') return { state: 'failed', message: scrub.text(ran.reason) };
      if (ran.outcome === 'exited' && ran.code === 0) return { state: 'succeeded' };
      const how = ran.outcome === 'exited' ? `ended with exit code ${ran.code}` : ran.reason;
      const last = shown(ran.lines, shownLines.failed);
      return { state: 'failed', message: `${name} ${how}${last === '' ? '' : `: ${last}`}` };
    },
    abandon(job) {
      const id = idOf(job);
      const known = runs.get(id);
      if (known === undefined) return;
      known.stop.abort();
      void known.done.then(() => {
        if (runs.get(id) !== known) return;
        runs.delete(id);
        if (!isAlive(known)) noteEnded(id, known.again);
      });
    },
    async stop(job, _id, signal) {
      const id = idOf(job);
      const known = runs.get(id);
      known?.stop.abort();
      if (known && !(await isDone(known, signal)))
        return { ended: false, words: `${name} was asked to stop, and still runs` };
      if (known && isAlive(known))
        return { ended: false, words: `${name} could not be stopped: it runs as another user` };
      const again = known?.again ?? endedHere.get(id);
      if (again === undefined) return { ended: false, words: `${name} is not run by this process` };
      return again
        ? {
            ended: false,
            words: `${name} was stopped; if another process started one too, that one may still run`,
          }
        : { ended: true, words: `${name} was stopped` };
    },
  };
}

/**
 * Why a version cannot be passed to a program: it comes from people, or from Redis, and must be neither an option nor a
 * path out of a folder.
 */
function whyNotGiven(version: string): string | undefined {
  if (!versionSchema.safeParse(version).success) return 'the version has invalid characters';
  return version.split('/').some((part) => /^\.*$/.test(part))
    ? 'a version with .. or an empty part between slashes is not passed to a program'
    : undefined;
}

function jobOf(id: string): DeployJob | undefined {
  try {
    const read = jobSchema.safeParse(JSON.parse(id));
    if (!read.success || whyNotGiven(read.data[2]) !== undefined) return undefined;
    const [service, color, version, release] = read.data;
    return { service, color, version, release };
  } catch {
    return undefined;
  }
}
