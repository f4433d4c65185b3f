/** `--wait`: commands that stand in line for their turn, each a process of its own that may be killed. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli, Started } from '../support/cli.ts';
import { sharedTown } from '../support/shared-town.ts';

const always = { start: '2020-01-01T00:00', end: '2060-01-01T00:00', zone: 'UTC', reason: 'Year end' };
const { town, at } = sharedTown({
  services: {
    checkout: {},
    mail: {},
    search: {},
    docs: { freeze: [always] },
    news: {},
  },
  file: { roles: { operator: ['U0ANN', 'U0BOB', me], approver: ['U0BOB'], admin: ['U0CLEO'] } },
});
let cli: Cli;
beforeAll(async () => {
  cli = await openCli(town());
});
afterAll(() => cli.close());

/** A command of the one who is known in Slack as this. */
async function as(person: string, ...args: string[]): Promise<Started> {
  town().change({}, { people: { [me]: person } });
  const started = cli.start(...args);
  await started.says('waiting: ');
  return started;
}
const line = async (service: string): Promise<string[]> => {
  const loaded = await town().bots[0]?.redis.store.load(service);
  return (loaded?.queue ?? []).map(({ verb, version }) => `${verb} ${version ?? ''}`);
};

it('stage and promote run in order when the bake ends, and print their place in the line', async () => {
  const here = at('news');
  await here.baking('v2');
  here.blue.levers.version = 'v3';
  const stage = await as('U0ANN', 'stage', 'news', 'v3', '--wait', '1m');
  const promote = await as('U0BOB', 'promote', 'news', '--wait', '1m');
  expect((await here.does('bob', 'settle')).text).toMatch(/^settle: /);
  const staged = await stage.ended;
  expect([staged.code, staged.out]).toEqual([0, 'stage: news #2 v3 is staged on blue.\n']);
  expect(staged.err).toMatch(
    /^ {2}waiting: 1st in line, .*; news bakes until \d{4}-.*Z\n(?: {2}waiting: .*\n)*stage: news #2 v3 is being staged/,
  );
  const promoted = await promote.ended;
  expect([promoted.code, promoted.out]).toEqual([
    0,
    expect.stringMatching(/^promote: news #2 v3 is live on blue/),
  ]);
  expect(promoted.err).toMatch(/waiting: 2nd in line, .*; news bakes until /);
  // What happened while it waited is not told as its own.
  expect(promoted.err).not.toMatch(/^ {2}staging$/m);
});

it('a place of one that is killed vanishes, is on the card until then, and holds nobody up for longer', async () => {
  const here = at('mail');
  await here.released('v2');
  await here.does('cleo', 'lock', 'look');
  const killed = await as('U0ANN', 'stage', 'mail', 'v3', '--wait', '1m');
  const next = await as('U0BOB', 'stage', 'mail', 'v4', '--wait', '1m');
  expect((await here.does('ann', 'status')).text).toMatch(
    new RegExp(
      `^line: 1st ${me} \\(<@U0ANN>\\): stage v3, about 8 h; 2nd ${me} \\(<@U0BOB>\\): stage v4, about 8 h$`,
      'm',
    ),
  );
  expect((await here.does('ann', 'why')).text).toContain('pass · line · 1st');
  const card = () => here.card().then((message) => here.look(message).text);
  await town().slack.until(async () => /In line: 1st .*2nd .*stage v4/.test(await card()), {
    channel: here.channel,
    what: 'the line on the card',
  });
  killed.kill('SIGKILL');
  await next.says('waiting: 1st in line');
  await town().slack.until(async () => /In line: 1st .*stage v4/.test(await card()), {
    channel: here.channel,
    what: 'the line without the killed one',
  });
  here.blue.levers.version = 'v4';
  await here.does('cleo', 'unlock');
  expect(await next.ended).toMatchObject({ code: 0, out: 'stage: mail #2 v4 is staged on blue.\n' });
  expect(await line('mail')).toEqual([]);
});

it('a newer stage of the same requester ends the older one with 6; Ctrl-C leaves the line at once', async () => {
  await at('search').does('cleo', 'lock', 'look');
  const older = await as('U0ANN', 'stage', 'search', 'v3', '--wait', '1m', '--json');
  const newer = await as('U0ANN', 'stage', 'search', 'v4', '--wait', '1m');
  const ended = await older.ended;
  expect(ended.code).toBe(6);
  expect(JSON.parse(ended.out)).toEqual({
    error: {
      code: 'overtaken',
      message: `stage of search was replaced by stage v4 of ${me} (@U0ANN); nothing was done.`,
      next: null,
      exit: 6,
    },
  });
  const facts = JSON.parse((await cli.run('status', 'search', '--json')).out) as { line: unknown };
  expect(facts.line).toMatchObject([
    { place: 1, verb: 'stage', version: 'v4', actor: { id: me, person: 'U0ANN' }, about: expect.any(String) },
  ]);
  newer.kill('SIGINT');
  expect(await newer.ended).toMatchObject({
    code: 130,
    err: expect.stringContaining('interrupted: stage of search left the line; nothing was done.') as string,
  });
  expect(await line('search')).toEqual([]);
});

it('a wait ends with 7 when it has no turn in time, and at once for what no waiting clears', async () => {
  const frozen = await cli.run('stage', 'docs', 'v2', '--wait', '1s');
  expect([frozen.code, frozen.out]).toEqual([7, '']);
  expect(frozen.err).toMatch(
    /^wait-over: stage of docs waited 1 s, and its turn did not come; nothing was done\. It was 1st in line.*; releases are frozen until .*: Year end\. Run it again/m,
  );
  expect(await line('docs')).toEqual([]);
  const unknown = await cli.run('stage', 'nowhere', 'v2', '--wait', '15m');
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringMatching(/^unknown-service: /)]);
  expect((await cli.run('stage', 'docs', 'v2', '--wait', '2d')).code).toBe(1);
});

it('a stage with --if-idle replaces no release that somebody else staged', async () => {
  const here = at('checkout');
  await here.staged('v2', 'ann');
  town().change({}, { people: {} });
  const refused = await cli.run('stage', 'checkout', 'v3', '--wait', '15m', '--if-idle');
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringMatching(/^staged-by-another: .*#1 v2 is staged/),
  ]);
});
