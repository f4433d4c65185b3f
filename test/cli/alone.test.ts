/** The command line where no bot runs, as with Slack and the bot's machine away: it does all there is to do by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

const { town, at } = sharedTown({
  bots: 0,
  services: {
    billing: { roles: { operator: ['U0ANN'], admin: ['U0CLEO'] } },
    ledger: { promotion: { approvals: 1, selfApproval: true, bake: '60s' } },
    mail: {},
    search: {},
  },
  file: {
    roles: { operator: [me], approver: [me], admin: [me] },
    people: { [me]: 'U0DAN' },
  },
});
let cli: Cli;
beforeAll(async () => {
  cli = await openCli(town());
});
afterAll(() => cli.close());

const behindOurBack = async (service: string, color: 'blue' | 'green'): Promise<void> => {
  const { map } = town().haproxy;
  await town().haproxy.command(`set map ${map} ${service} ${service}_${color}`);
  await until('the map says so', async () => (await at(service).live()) === color);
};

describe('the command line where no bot ever ran', () => {
  it('adopts the service as it runs, and goes on with what was asked', async () => {
    const here = at('checkout');
    here.green.levers.version = 'v2';
    expect(await cli.run('stage', 'checkout', 'v2')).toMatchObject({
      code: 0,
      out: 'stage: checkout #1 v2 is staged on green.\n',
      err: expect.stringContaining('checkout has no record yet') as string,
    });
    expect(await here.record()).toMatchObject({ live: 'blue', epoch: 1, lock: null });
    expect((await cli.run('history', 'checkout')).out).toMatch(
      /system:adoption · adopted · found running: live blue v1/,
    );
    expect((await cli.run('promote', 'checkout')).code).toBe(0);
    expect((await cli.run('revert', 'checkout')).code).toBe(0);
    expect(await here.live()).toBe('blue');
  });

  it('leaves a service alone whose command is refused to this user, and says when its router is silent', async () => {
    expect((await cli.run('lock', 'billing', 'x')).err).toMatch(/^not-allowed: /);
    expect(JSON.parse((await cli.run('status', 'billing', '--json')).out)).toMatchObject({
      state: 'unknown',
    });
    town().change({ router: { kind: 'http', url: 'http://127.0.0.1:9/' }, roles: {} }, {}, 'billing');
    const silent = await cli.run('lock', 'billing', 'x');
    expect(silent.code).toBe(2);
    expect(silent.err).toMatch(/router-unreachable: .*could not be asked .*connection refused/);
  });
});

describe('the command line without Slack', () => {
  it('repairs drift both ways, and says why before', async () => {
    const here = at('mail');
    expect((await cli.run('lock', 'mail', 'x')).code).toBe(0);
    expect((await cli.run('unlock', 'mail')).code).toBe(0);
    await behindOurBack('mail', 'green');
    const why = await cli.run('why', 'mail');
    expect([why.code, why.out]).toEqual([
      0,
      expect.stringMatching(/^why mail\npromote: refused\n[^]*router-drift: [^]*\nrevert: refused\n/),
    ]);
    expect(JSON.parse((await cli.run('why', 'mail', '--json')).out)).toMatchObject({
      service: 'mail',
      verdict: null,
      promote: expect.arrayContaining([
        { gate: 'role', pass: true, code: null, text: null },
        { gate: 'router', pass: false, code: 'router-drift', text: expect.any(String) as string },
      ]) as unknown,
      revert: expect.any(Array) as unknown,
    });
    expect((await cli.run('why', 'mial')).err).toMatch(/^unknown-service: /);

    expect(await cli.run('retry', 'mail')).toMatchObject({
      code: 0,
      out: 'retry: the router of mail points to blue again.\n',
    });
    expect(await here.live()).toBe('blue');
    expect((await cli.run('retry', 'mail')).err).toMatch(/^nothing-to-do: /);

    await behindOurBack('mail', 'green');
    expect(await cli.run('adopt', 'mail')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^adopt: mail is live on green /) as string,
    });
    expect(await here.record()).toMatchObject({ live: 'green', epoch: 2, drift: null });
    expect((await cli.run('history', 'mail', '3')).out).toContain(`· ${me} · adopt · `);
  });

  it('ends with 2 when the color does not take its traffic back', async () => {
    const here = at('search');
    expect((await cli.run('lock', 'search', 'x')).code).toBe(0);
    await behindOurBack('search', 'green');
    here.blue.levers.fail = true;
    const refused = await cli.run('retry', 'search');
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toMatch(/^unhealthy: /m);
    expect(await here.live()).toBe('green');
  });

  it('answers requests, cancels and settles', async () => {
    const here = at('ledger');
    here.green.levers.version = 'v2';
    expect((await cli.run('stage', 'ledger', 'v2')).code).toBe(0);
    expect((await cli.run('promote', 'ledger')).out).toContain('waits for 1 approval');
    expect(await cli.run('reject', 'ledger', 'not', 'today')).toMatchObject({
      code: 0,
      out: 'reject: the request on ledger is closed; v2 stays staged.\n',
    });
    expect((await cli.run('history', 'ledger', '1')).out).toContain(`${me} · reject · ledger #1: not today`);
    expect((await cli.run('promote', 'ledger')).code).toBe(0);
    expect((await cli.run('cancel', 'ledger')).out).toMatch(
      /^cancel: the open request on ledger #1 is closed/,
    );
    expect((await cli.run('promote', 'ledger')).code).toBe(0);
    const approved = await cli.run('approve', 'ledger');
    expect([approved.code, approved.out]).toEqual([
      0,
      expect.stringMatching(/^approve: ledger #1 v2 is live on green, switched and verified in /),
    ]);
    expect(await here.live()).toBe('green');
    expect(await cli.run('settle', 'ledger')).toMatchObject({
      code: 0,
      out: 'settle: ledger #1 is settled.\n',
    });
    expect((await cli.run('cancel', 'ledger')).err).toMatch(/^nothing-to-do: /);
  });
});
