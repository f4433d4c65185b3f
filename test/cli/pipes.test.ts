/** Whoever reads the output may end, or its disk may be full: that ends the output, and nothing else. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { built } from '../support/built.ts';
import { me } from '../support/cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { sharedTown } from '../support/shared-town.ts';

const { town, at } = sharedTown({
  bots: 0,
  services: { mail: {}, search: {} },
  file: { roles: { operator: [me] } },
});
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  const file = join(await temporaryFolder(), 'switchback.yml');
  await writeFile(file, town().file());
  const { cli } = await built();
  env = {
    PATH: `${process.env['PATH']}`,
    REDIS_URL: town().redis.url,
    SWITCHBACK_CONFIG: file,
    CLI: `${process.execPath} ${cli}`,
  };
});

/** Runs lines of bash, in which `$CLI` is the command line, and `code` its exit code. */
async function shell(script: string): Promise<{ out: string; err: string }> {
  const child = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return { out, err };
}
/** The exit code of `words`, whose output goes into `into`, and what is left to see of it. */
const piped = (words: string, into: string): Promise<{ out: string; err: string }> =>
  shell(`$CLI ${words} ${into}; echo "code $\{PIPESTATUS[0]}"`);

describe('with a reader that ends', () => {
  it('a promote goes on to its end, and has its exit code', async () => {
    const here = at('checkout');
    here.green.levers.version = 'v2';
    here.green.levers.slowMs = 200;
    for (const verb of ['stage checkout v2', 'promote checkout'])
      expect(await piped(verb, '2>&1 | head -1')).toEqual({
        out: expect.stringMatching(/checkout.*\ncode 0\n$/) as string,
        err: '',
      });
    expect(await here.live()).toBe('green');
    expect(await here.record()).toMatchObject({ state: 'baking' });
  });

  it.each(['status', 'status checkout', 'why checkout', 'history checkout --json', 'promote mail --dry-run'])(
    '%s has its exit code, and no trace',
    async (words) => {
      const { out, err } = await piped(words, '| true');
      expect([out, err]).toEqual([words.includes('dry-run') ? 'code 2\n' : 'code 0\n', '']);
    },
  );

  it('a refused or mistaken command has its exit code', async () => {
    const said = await Promise.all([
      piped('promote mail', '2>&1 | true'),
      piped('frob', '2>&1 | true'),
      piped('check', '2>&1 | true'),
      piped('doctor', '2>&1 | true'),
    ]);
    expect(said.map(({ out }) => out)).toEqual(['code 2\n', 'code 1\n', 'code 1\n', 'code 1\n']);
  });
});

describe('with a disk that is full', () => {
  it('a command that only answers ends with 5 and says so; a command that does something ends as its work does', async () => {
    const [history, json, lock, refused, both] = await Promise.all([
      piped('history checkout', '>/dev/full'),
      piped('status --json', '>/dev/full'),
      piped('lock search x', '>/dev/full'),
      piped('status nowhere', '>/dev/full'),
      piped('status', '>/dev/full 2>&1'),
    ]);
    const full = 'The output could not be written: the disk is full (ENOSPC).\n';
    expect([history, json, lock]).toEqual([
      { out: 'code 5\n', err: full },
      { out: 'code 5\n', err: full },
      { out: 'code 0\n', err: expect.stringContaining(full) as string },
    ]);
    expect(refused.out).toBe('code 2\n');
    expect(both).toEqual({ out: 'code 5\n', err: '' });
    expect(await at('search').record()).toMatchObject({ lock: { reason: 'x' } });
  });
});

it('a run with outputs that are closed from the start does all its work', async () => {
  expect(await piped('stage mail v2', '>&- 2>&-')).toEqual({ out: 'code 4\n', err: '' });
  at('mail').green.levers.version = 'v2';
  expect(await piped('stage mail v2', '>&- 2>&- <&-')).toEqual({ out: 'code 0\n', err: '' });
  expect(await at('mail').record()).toMatchObject({ state: 'staged' });
});

it('lines of a game are carried out', async () => {
  const script = "printf '/stage demo v2\\nwait is staged on green\\nfrob\\n'";
  const { out } = await shell(
    `${script} | $CLI play --terminal 2>&1 | head -1 >&2; echo "code $\{PIPESTATUS[1]}"`,
  );
  expect(out).toBe('code 1\n');
});
