import type { Color } from '../color.ts';
import type { Parts } from '../parts.ts';
import type { Adapters, HealthCheck, Verdict } from '../ports.ts';
import { otherSpelling } from '../spelling.ts';

/** The verdict of all checks together: healthy, or the first that is not. */
export type Examined =
  | { healthy: true; version?: string }
  | { healthy: false; code: 'unhealthy' | 'version-mismatch'; cause: string; version?: string };

/** After this many equal answers with another spelling of the version, no other answer is expected. */
const spellings = 3;

function named(check: HealthCheck, verdict: Verdict, expected?: string): Examined {
  if (verdict.healthy)
    return { healthy: true, ...(verdict.version !== undefined && { version: verdict.version }) };
  const cause = verdict.reason.startsWith(check.name) ? verdict.reason : `${check.name}: ${verdict.reason}`;
  const spelling = expected === undefined ? undefined : otherSpelling(expected, verdict.version ?? '');
  return {
    healthy: false,
    code: verdict.code,
    cause: spelling === undefined ? cause : `${cause}: ${spelling}`,
    ...(verdict.version !== undefined && { version: verdict.version }),
  };
}

function together(all: Examined[]): Examined {
  const bad = all.find((each) => !each.healthy);
  const version = all.map((each) => each.version).find((each) => each !== undefined);
  return bad ?? { healthy: true, ...(version !== undefined && { version }) };
}

/** The version that a check gets: only where it can do something with it. */
function wantedBy(
  { reportsVersion, asksForVersion }: HealthCheck,
  expected: string | undefined,
): string | undefined {
  return reportsVersion || asksForVersion ? expected : undefined;
}

/** Every check of a color that gets traffic next. */
export function checksBefore({ health, measured = [] }: Adapters): HealthCheck[] {
  return [...health, ...measured];
}

/** Asks every check once. */
export async function askOnce(
  checks: readonly HealthCheck[],
  color: Color,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<Examined> {
  return together(
    await Promise.all(
      checks.map(async (check) => {
        const wanted = wantedBy(check, expected);
        return named(check, await check.ask(color, wanted, signal), wanted);
      }),
    ),
  );
}

/**
 * Asks until every check had its `successes` in a row, each within its own deadline. After the deadline the last
 * answer decides, and no answer is a bad one. Ends at once for a color that keeps reporting another spelling of the
 * version.
 * See docs/design.md#no-traffic-without-a-verdict.
 */
export async function untilHealthy(
  parts: Parts,
  checks: readonly HealthCheck[],
  color: Color,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<Examined> {
  return together(
    await Promise.all(checks.map((check) => untilOneHealthy(parts, check, color, expected, signal))),
  );
}

async function untilOneHealthy(
  { clock }: Parts,
  check: HealthCheck,
  color: Color,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<Examined> {
  const deadline = clock.mono() + check.deadlineMs;
  const wanted = wantedBy(check, expected);
  let good = 0;
  let spelled = 0;
  let last: Examined = { healthy: false, code: 'unhealthy', cause: `${check.name}: no answer` };
  while (!signal.aborted) {
    const verdict = await check.ask(color, wanted, signal);
    if (signal.aborted) break;
    const same = verdict.version === last.version;
    last = named(check, verdict, wanted);
    good = verdict.healthy ? good + 1 : 0;
    if (good >= check.successes) return last;
    const otherwise = wanted !== undefined && otherSpelling(wanted, verdict.version ?? '') !== undefined;
    spelled = otherwise ? (same ? spelled : 0) + 1 : 0;
    if (spelled >= spellings && !last.healthy)
      return { ...last, cause: `${last.cause}; stage what it reports` };
    if (clock.mono() >= deadline)
      return last.healthy
        ? {
            healthy: false,
            code: 'unhealthy',
            cause: `${check.name}: only ${good} good answers in a row before the deadline`,
          }
        : last;
    await clock.sleep(check.intervalMs, signal);
  }
  return last;
}

/** How many times a color is asked where one lost packet must not decide. */
const attempts = 3;

/** Waits for the shortest interval of these checks, at most 1,000 ms. */
async function pause(
  { clock }: Pick<Parts, 'clock'>,
  checks: readonly HealthCheck[],
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(Math.min(1_000, ...checks.map((check) => check.intervalMs)), signal);
}

/**
 * Resolves to the version that a color reports now; undefined when no check reads one, or when three questions, an
 * interval apart, got none: silence says nothing about what runs there.
 */
export async function askVersion(
  parts: Pick<Parts, 'clock'>,
  checks: readonly HealthCheck[],
  color: Color,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reports = checks.filter((check) => check.reportsVersion);
  for (let attempt = 0; attempt < attempts && reports.length > 0 && !signal.aborted; attempt += 1) {
    if (attempt > 0) await pause(parts, reports, signal);
    const seen = await Promise.all(reports.map((check) => check.ask(color, undefined, signal)));
    const version = seen.map((each) => each.version).find((each) => each !== undefined);
    if (version !== undefined) return version;
  }
  return undefined;
}

/**
 * Resolves to whether a color answers well now: one good answer of every check. A bad answer is checked twice more,
 * an interval apart, because one lost packet must not stop a revert. Another version is final at once.
 */
export async function answersWell(
  parts: Pick<Parts, 'clock'>,
  checks: readonly HealthCheck[],
  color: Color,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<Examined> {
  let last: Examined = { healthy: false, code: 'unhealthy', cause: 'no answer' };
  for (let attempt = 0; attempt < attempts && !signal.aborted; attempt += 1) {
    if (attempt > 0) await pause(parts, checks, signal);
    last = await askOnce(checks, color, expected, signal);
    if (last.healthy || last.code === 'version-mismatch') return last;
  }
  return last;
}
