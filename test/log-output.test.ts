/** The log of a process whose reader stops reading, ends, or has no room. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { built } from './support/built.ts';
import { temporaryFolder } from './support/processes.ts';
import { until } from './support/until.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** A pipe that takes 64 KiB and is read only when the test says so. */
function makePipe(name: string) {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  // Each end of its own: a process that ends makes the end that it was given wait for readers.
  const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY);
  onTestFinished(() => [reader, fd].forEach(closeSync));
  const piece = Buffer.alloc(65_536);
  let text = '';
  return {
    fd,
    /** Reads what is there; answers with everything read so far. */
    read(): string {
      for (;;) {
        try {
          text += piece.toString('utf8', 0, readSync(reader, piece));
        } catch {
          return text;
        }
      }
    },
  };
}

async function talk(lines: number, stdout: number | 'pipe') {
  const { program } = await built();
  const child = spawn(process.execPath, [program('talkative'), String(lines)], {
    stdio: ['pipe', stdout, 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let heard = '';
  child.stderr?.on('data', (piece: Buffer) => (heard += piece.toString()));
  const exit = new Promise<number | null>((resolve) => void child.once('exit', resolve));
  return { child, exit, written: () => until('it has written', () => heard.includes('written')) };
}

test('a reader that stops stalls nobody, and learns how many lines are missing', async () => {
  const pipe = makePipe('slow');
  const { child, exit, written } = await talk(10_000, pipe.fd);
  await written();
  const missing = await until('it says so', () => /"lost":(\d+)/.exec(pipe.read())?.[1]);
  child.stdin?.write('and on\n');
  await until('the next line is there', () => pipe.read().includes('and on'));
  child.stdin?.end('the last\n');
  expect(await exit).toBe(0);
  const lines = pipe
    .read()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string });
  expect(lines.filter(({ msg }) => msg === 'a line').length).toBe(10_000 - Number(missing));
  expect(Number(missing)).toBeGreaterThan(1_000);
  expect(lines.at(-1)?.msg).toBe('the last');
});

test('a process ends although nobody reads its log', async () => {
  const { child, exit, written } = await talk(10_000, makePipe('stuck').fd);
  await written();
  child.stdin?.end();
  expect(await exit).toBe(0);
});

test('a reader that has ended, or a full disk, ends no process', async () => {
  const ended = await talk(1, 'pipe');
  ended.child.stdout?.destroy();
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const onFull = await talk(1, full);
  for (const { child, exit, written } of [ended, onFull]) {
    await written();
    child.stdin?.write('one\n');
    child.stdin?.end('two\n');
    expect(await exit).toBe(0);
  }
});
