/** `--json`: one JSON value on standard output whatever happens, with the exit code in it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli, Ended } from '../support/cli.ts';
import { sharedTown } from '../support/shared-town.ts';

const { town, at } = sharedTown({
  bots: 0,
  services: { mail: {} },
  file: { roles: { operator: [me], approver: [me], admin: [me] }, people: { [me]: 'U0DAN' } },
});
let cli: Cli;
let lost: Cli;
let misled: Cli;
beforeAll(async () => {
  cli = await openCli(town());
  lost = await openCli(town(), { REDIS_URL: 'redis://127.0.0.1:1' });
  misled = await openCli(town(), { REDIS_URL: 'http://hunter2' });
});
afterAll(() => Promise.all([cli.close(), lost.close(), misled.close()]));

/** Every verb that takes a service, with what it needs besides. */
const verbs: Record<string, string[]> = {
  status: [],
  why: [],
  history: [],
  stage: ['v2'],
  promote: [],
  revert: [],
  approve: [],
  reject: [],
  cancel: [],
  settle: [],
  lock: ['x'],
  unlock: [],
  retry: [],
  adopt: [],
};
const everything: string[][] = [
  ...Object.entries(verbs).map(([verb, more]) => [verb, 'checkout', ...more]),
  ['promote', 'checkout', '--dry-run'],
  ['status'],
];
const others = [['doctor'], ['check'], ['start'], ['play'], ['frob'], []];

interface Failed {
  error: { code: string; message: string; next: string | null; exit: number; mistakes?: object[] };
}

/** Runs all, a few at a time, and reads the one error that each gives. */
async function failures(on: Cli, all: readonly string[][]): Promise<Failed['error'][]> {
  const errors: Failed['error'][] = [];
  const left = [...all.entries()];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [i, args] = next;
      errors[i] = errorOf(args, await on.run(...args, '--json'));
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return errors;
}

function errorOf(args: readonly string[], { code, out, err }: Ended): Failed['error'] {
  if (!out.startsWith('{\n  "error": {')) throw new Error(`${args.join(' ')}: no error: ${out}${err}`);
  const { error } = JSON.parse(out) as Failed;
  expect({ args, ...error }).toMatchObject({
    args,
    code: expect.stringMatching(/^[a-z-]+$/) as string,
    message: expect.stringMatching(/^\S/) as string,
    exit: code,
  });
  expect(out).not.toContain('hunter2');
  return error;
}

it('the JSON names the error of an unknown option, an argument too many and a bad service', async () => {
  const unknown = [...everything, ...others].map((args) => [...args, '--frob']);
  const odd = [
    ['stage', 'checkout'],
    ['status', 'a b'],
    ['history', 'checkout', 'all'],
    ['lock', 'checkout', ' '],
  ];
  for (const error of await failures(cli, [...unknown, ...odd]))
    expect(error).toMatchObject({
      code: 'bad-arguments',
      exit: 1,
      next: expect.stringContaining('--help') as string,
    });
});

it('the JSON lists the errors of environment and file', async () => {
  for (const error of await failures(misled, [...everything, ['doctor']]))
    expect(error).toMatchObject({
      code: 'bad-configuration',
      exit: 1,
      mistakes: expect.arrayContaining([
        { path: 'REDIS_URL', message: expect.any(String) as string },
      ]) as object[],
    });
});

it('the JSON says that the storage is unavailable, and what to do', async () => {
  const errors = await failures(lost, everything);
  for (const error of errors)
    expect(error).toMatchObject({
      code: 'storage-unavailable',
      message: 'Redis refuses the connection.',
      next: expect.stringContaining('REDIS_URL') as string,
      exit: 3,
    });
  expect(errors[Object.keys(verbs).indexOf('revert')]?.next).toContain('--break-glass');
});

it('the JSON of a refusal has its code', async () => {
  const nowhere = Object.entries(verbs).map(([verb, more]) => [verb, 'nowhere', ...more]);
  for (const error of await failures(cli, nowhere))
    expect(error).toMatchObject({ code: 'unknown-service', exit: 2 });
  await town().redis.cli(
    'hset',
    `${town().prefix}:{${town().prefix}}:s:checkout`,
    'record',
    '{',
    'schema',
    '1',
  );
  const changing = everything.slice(3, -2);
  for (const error of await failures(cli, changing))
    expect(error).toMatchObject({
      code: 'storage-unavailable',
      message: expect.stringContaining('The record of checkout is not JSON.') as string,
      next: expect.stringMatching(/switchback revert checkout --break-glass.*docs\/recovery\.md/) as string,
      exit: 3,
    });
});

it('the JSON says what was done, and how an operation ended', async () => {
  const here = at('mail');
  const run = async (...args: string[]): Promise<unknown> => {
    const { code, out } = await cli.run(...args, '--json');
    return { code, ...(JSON.parse(out) as object) };
  };
  expect(await run('lock', 'mail', 'x')).toEqual({
    code: 0,
    verb: 'lock',
    service: 'mail',
    message: expect.stringMatching(/^lock: mail is locked until/) as string,
  });
  expect(await run('stage', 'mail', 'v2')).toMatchObject({ code: 2, error: { code: 'locked' } });
  await cli.run('unlock', 'mail');
  expect(await run('stage', 'mail', 'v2')).toMatchObject({
    code: 4,
    error: { code: 'version-mismatch', exit: 4 },
  });
  here.green.levers.version = 'v2';
  expect(await run('stage', 'mail', 'v2')).toMatchObject({
    code: 0,
    verb: 'stage',
    message: 'stage: mail #2 v2 is staged on green.',
  });
  expect(await run('promote', 'mail', '--dry-run')).toMatchObject({
    code: 0,
    dryRun: true,
    promote: expect.arrayContaining([{ gate: 'role', pass: true, code: null, text: null }]) as unknown,
  });
});
