import { describe, expect, it } from 'vitest';
import { sharedTown } from '../support/shared-town.ts';

describe.each(['http', 'socket'] as const)('what people read, over %s', { concurrent: true }, (mode) => {
  const { town, at } = sharedTown({
    mode,
    services: {
      told: {},
      dry: {},
      hostile: {},
      quiet: { promotion: { approvals: 1 } },
      threads: { promotion: { approvals: 1, bake: '60s' } },
    },
  });
  const type = (who: string, line: string) => town().slack.person(who).types('#releases', line);

  it.sequential('help shows what this person may use', async () => {
    const zoe = (await type('zoe', '/release')).shown;
    expect(zoe).toMatch(/^help: /);
    expect(zoe).toContain('status checkout');
    expect(zoe).not.toContain('promote checkout');
    expect((await type('cleo', '/release help')).shown).toContain('adopt checkout');
    expect((await type('ann', '/release help promote')).shown).toContain('--during-freeze <reason>');
  });

  it.sequential('status gives state and live first, then idle color, router, lock and what comes next', async () => {
    const told = at('told');
    await told.baking('v2');
    await told.does('ann', 'lock', '--for 1h a migration');
    const status = (await told.does('zoe', 'status')).shown;
    expect(status).toMatch(
      /^status told\nstate: baking\nlive: green v2\nidle: blue v1 \(previous, the way back\)/,
    );
    expect(status).toMatch(/router: green, asked \d+ ?m?s ago/);
    expect(status).toMatch(/lock: by @ann.*a migration/);
    expect(status).toMatch(/next: it settles/);
    const all = (await type('zoe', '/release status')).shown;
    expect(all).toMatch(/^status: 6 services, needing attention: 1/);
    expect(all.indexOf('told')).toBeLessThan(all.indexOf('checkout'));
    expect((await type('zoe', '/release status nothing')).text).toMatch(/^unknown-service: /);
  });

  it.sequential('why and a dry run show each gate and change nothing', async () => {
    const dry = at('dry');
    await dry.staged('v2');
    const before = await dry.record();
    expect((await dry.does('ann', 'promote', '—dry-run')).shown).toMatch(
      /^promote dry, dry run: it would go ahead; nothing was done\./,
    );
    dry.green.levers.fail = true;
    await dry.does('ann', 'lock', 'wait');
    const why = (await dry.does('ann', 'why')).shown;
    expect(why).toMatch(/fail · lock · locked: .*wait/);
    expect(why).toMatch(
      /fail · health of green · unhealthy: .*answered 503, wanted 200: no connection to the database/,
    );
    expect(why).toMatch(/fail · way back · nothing-to-revert-to: /);
    expect(why).toMatch(/pass · router/);
    expect((await dry.does('ann', 'promote', '--dry-run')).shown).toContain('it would be refused');
    expect((await dry.does('zoe', 'why')).shown).toMatch(/fail · role · not-allowed: /);
    expect(await dry.record()).toMatchObject({ state: 'staged', epoch: before.epoch });
    expect((await dry.does('ann', 'history', '3')).shown).toMatch(/^history dry: the newest 3\.\n.*lock/);
  });

  it.sequential('an answer in a thread notifies nobody', async () => {
    const quiet = at('quiet');
    const { slack } = town();
    await quiet.staged('v2');
    await quiet.does('ann', 'lock', 'while we look');
    for (const words of ['why quiet', 'status quiet', 'history quiet', 'promote quiet']) {
      const { message } = await slack.person('zoe').mentions('#releases', words);
      const reply = await slack.until(() => slack.channel('#releases').thread(message.ts)[0]);
      expect(reply.text).toMatch(/U0ANN|^not-allowed/);
      for (const who of ['ann', 'bob', 'cleo'])
        expect(slack.notifications(who).map(({ ts }) => ts)).not.toContain(reply.ts);
    }
  });

  it.sequential('a mention in a thread takes the same words and is answered in that thread', async () => {
    const threads = at('threads');
    const { slack } = town();
    const room = slack.channel(threads.channel);
    await threads.staged('v2');
    const card = await threads.cardWith('release.promote');
    const ann = slack.person('ann');
    const { ack } = await ann.mentions(threads.channel, 'Promote  THREADS.', { thread: card.ts });
    expect(ack?.ok).toBe(true);
    await slack.until(() =>
      room.thread(card.ts).some((message) => message.text.startsWith('promote: threads #1 v2 waits for 1')),
    );
    await slack.person('bob').mentions(threads.channel, 'approve threads', { thread: card.ts });
    await threads.until('baking', (record) => record.state === 'baking');
    await slack.person('zoe').mentions(threads.channel, 'revert threads', { thread: card.ts });
    await slack.until(() => room.thread(card.ts).some((message) => message.text.startsWith('not-allowed: ')));
    await ann.mentions(threads.channel, 'status threads');
    const last = await slack.until(() => {
      const asked = room.messages().findLast((message) => message.user === ann.id);
      return asked && room.thread(asked.ts)[0];
    });
    expect(slack.look(last).text).toContain('state: baking');
    expect((await threads.record()).state).toBe('baking');
  });

  it.sequential('hostile words are shown literally, mention nobody, and do nothing', async () => {
    const hostile = at('hostile');
    const { slack } = town();
    const nasty = '<!channel> <@U0ZOE> *bold* `code` @zoe #releases https://evil.example/ \u0007';
    expect((await hostile.does('ann', 'lock', nasty)).text).toMatch(/^bad-arguments: .*control characters/);
    expect((await hostile.does('ann', 'lock', nasty.slice(0, -2))).text).toMatch(/^lock: /);
    const notice = await hostile.notice('locked hostile');
    expect(notice.text).toContain('!channel');
    for (const name of ['zoe', 'dan'])
      expect(slack.notifications(name).filter((message) => message.channel === notice.channel)).toEqual([]);
    expect(JSON.stringify(notice.blocks)).not.toContain('<!channel>');
    const shown = (await hostile.does('zoe', 'status')).message;
    expect(JSON.stringify(shown?.blocks)).not.toMatch(/<!channel>|<@U0ZOE/);

    expect((await hostile.does('ann', 'lock', 'x'.repeat(10_000))).text).toMatch(/^bad-arguments: /);
    expect((await hostile.does('ann', 'stage', 'v2\u0000')).text).toMatch(/^bad-arguments: /);
    expect((await hostile.does('ann', 'stage', '../../etc/passwd')).text).toMatch(/^bad-arguments: /);
    expect((await hostile.does('ann', 'stage', '“v2”')).text).toMatch(/^locked: /);
    expect((await hostile.record()).sequence).toBe(0);
  });
});
