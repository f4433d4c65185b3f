import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Program, runProgram } from '../../src/net/run-program.ts';
import { temporaryFolder } from '../support/processes.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const env = { PATH: '/usr/bin:/bin' };
const run = (words: string[], more: Partial<Program> = {}) =>
  runProgram({ run: words, env, deadlineMs: 20_000, signal: never, ...more });
const shell = (script: string, more: Partial<Program> = {}) => run(['sh', '-c', script], more);

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The process whose id a script wrote into a file. */
async function pidIn(file: string): Promise<number> {
  return until(`${file} names a process`, async () => Number(await readFile(join(folder, file), 'utf8')));
}

/** Whether it runs: a process that has ended and that nobody waited for does not. */
async function runs(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return state !== '' && !/\) [ZX] /.test(state);
}

describe('a program', () => {
  test('says how it ended, and its last lines', async () => {
    expect(await shell('echo one; echo two >&2; exit 3')).toEqual({
      outcome: 'exited',
      code: 3,
      lines: expect.arrayContaining(['one', 'two']) as string[],
    });
    expect(await run(['true'])).toEqual({ outcome: 'exited', code: 0, lines: [] });
  });

  test('that another user runs is said to live on when it cannot be ended', async () => {
    const groups: number[] = [];
    const refused = Object.assign(new Error('not permitted'), { code: 'EPERM' });
    const kill = vi.spyOn(process, 'kill').mockImplementation((pid) => {
      groups.push(pid);
      throw refused;
    });
    const ran = await run(['sleep', '60'], { deadlineMs: 50, graceMs: 50 });
    kill.mockRestore();
    process.kill(groups[0] ?? 0, 'SIGKILL');
    expect(ran).toMatchObject({ outcome: 'ended', alive: true });
  });

  test('is not read by a shell', async () => {
    const odd = '$(id); `id` && echo "x" * ~ \n';
    expect(await run(['printf', '%s', odd])).toMatchObject({
      code: 0,
      lines: ['$(id); `id` && echo "x" * ~ '],
    });
  });

  test('has the environment that was given, and nothing else', async () => {
    const { lines } = (await run(['env'], { env: { ...env, COLOR: 'green' } })) as { lines: string[] };
    expect(lines.toSorted()).toEqual(['COLOR=green', 'PATH=/usr/bin:/bin']);
  });

  test('has nothing to read, and runs in its folder', async () => {
    expect(await run(['cat'])).toMatchObject({ outcome: 'exited', code: 0, lines: [] });
    expect(await run(['pwd'], { directory: folder })).toMatchObject({ lines: [folder] });
  });

  test('passes each line on as it comes', async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    const ran = shell('echo first; printf "half of a"; sleep 60', {
      signal: stop.signal,
      graceMs: 50,
      onLine: (line) => seen.push(line),
    });
    await until('the first line came', () => seen.includes('first'));
    stop.abort();
    expect(await ran).toEqual({ outcome: 'ended', reason: 'stopped', lines: ['first', 'half of a'] });
  });

  test('may write without end: only the last lines are kept', async () => {
    const ran = await shell('i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done');
    expect(ran).toMatchObject({ outcome: 'exited', code: 0 });
    const { lines } = ran as { lines: string[] };
    expect(lines).toHaveLength(50);
    expect(lines.at(-1)).toBe('line 4999');
    const one = await shell('head -c 3000000 /dev/zero | tr "\\0" x');
    expect(one).toMatchObject({ outcome: 'exited', lines: ['x'.repeat(1_000)] });
  });

  test('that does not exist, must not be run, or has no folder, is named', async () => {
    expect(await run(['no-such-program'])).toEqual({
      outcome: 'not-started',
      reason: 'there is no program no-such-program',
    });
    const plain = join(folder, 'plain');
    await writeFile(plain, 'echo no\n', { mode: 0o644 });
    expect(await run([plain])).toEqual({
      outcome: 'not-started',
      reason: `${plain} cannot be run: permission denied`,
    });
    expect(await run(['true'], { directory: '/no/such' })).toEqual({
      outcome: 'not-started',
      reason: 'there is no folder /no/such',
    });
    expect(await run(['tr\0ue'])).toMatchObject({ outcome: 'not-started' });
    expect(await run(['true'], { signal: AbortSignal.abort() })).toEqual({
      outcome: 'not-started',
      reason: 'stopped',
    });
  });

  test('is ended at its deadline, with all that it started', async () => {
    const ran = await shell(`sleep 61 & echo $! >${folder}/child; wait`, { deadlineMs: 300, graceMs: 2_000 });
    expect(ran).toEqual({ outcome: 'ended', reason: 'did not end within 300 ms', lines: [] });
    const child = await pidIn('child');
    await until('what it started has ended', async () => !(await runs(child)));
  });

  test('that ignores SIGTERM is ended by SIGKILL', async () => {
    const startedAt = performance.now();
    const ran = await shell(`trap "" TERM; sleep 62 & echo $! >${folder}/stubborn; while :; do wait; done`, {
      deadlineMs: 300,
      graceMs: 100,
    });
    expect(ran).toMatchObject({ outcome: 'ended', reason: 'did not end within 300 ms' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const child = await pidIn('stubborn');
    await until('what it started has ended', async () => !(await runs(child)));
  });

  test('may leave something running that holds its output open', async () => {
    const ran = await shell(`sleep 63 & echo $! >${folder}/left; echo done`);
    expect(ran).toEqual({ outcome: 'exited', code: 0, lines: ['done'] });
    const left = await pidIn('left');
    expect(await runs(left)).toBe(true);
    process.kill(left, 'SIGKILL');
  });

  test('that somebody else ends has an unknown outcome', async () => {
    expect(await shell('kill -9 $$')).toEqual({
      outcome: 'ended',
      reason: 'was ended by SIGKILL',
      lines: [],
    });
  });
});
