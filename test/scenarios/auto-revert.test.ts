/** What people see of an automatic revert, and what they can do: the countdown's message, its buttons, the commands. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import type { Visit } from '../support/conversation.ts';
import { type Numbers, startNumbers } from '../support/numbers.ts';
import { sharedTown } from '../support/shared-town.ts';
import { longMs, until } from '../support/until.ts';

const clock = '\\d\\d:\\d\\d:\\d\\d';

/** Services whose limit is a number that the test sets, under the service's name. */
function limitedTown(after: Record<string, string>, more: Record<string, object> = {}) {
  let numbers: Numbers | undefined;
  const open = sharedTown(async () => {
    numbers = await startNumbers();
    const { url } = numbers;
    const limited = Object.entries(after).map(([name, ms]) => [
      name,
      {
        compare: { requests: [], prometheus: { url }, limit: { query: name, above: 0.05 } },
        promotion: { bake: '10m', autoRevert: { on: ['limit'], after: ms } },
      },
    ]);
    return {
      services: { ...Object.fromEntries(limited), ...more },
      file: {
        roles: { operator: ['U0ANN', 'U0BOB', me], approver: ['U0BOB'], admin: ['U0CLEO'] },
        alerts: alertSources,
      },
      env: { ALERTS_TOKEN: alertsToken },
    };
  });
  afterAll(() => numbers?.close());
  const { town, at } = open;
  const everything = (place: Visit): Message[] => {
    const room = town().slack.channel(place.channel);
    return room.messages().flatMap((one) => [one, ...room.thread(one.ts)]);
  };
  const now = (place: Visit, message: Message): Message => {
    const found = town().slack.channel(place.channel).now(message);
    if (found === undefined) throw new Error('the message is gone');
    return found;
  };
  /** The newest message of a countdown that is not over. */
  const countdown = (place: Visit): Promise<Message> =>
    town().slack.until(
      () =>
        everything(place).findLast((message) =>
          place.look(message).buttons.some(({ actionId }) => /^alert\.(hold|resume)$/.test(actionId)),
        ),
      { channel: place.channel, what: 'a countdown', withinMs: longMs },
    );
  /** The release bakes, its number passes the limit, and the countdown is shown. */
  const counting = async (service: string): Promise<{ place: Visit; message: Message }> => {
    const place = at(service);
    await place.baking('v2');
    numbers?.set(service, 0.09);
    return { place, message: await countdown(place) };
  };
  return {
    ...open,
    sets: (service: string, value: number | 'away') => numbers?.set(service, value),
    countdown,
    counting,
    now,
    buttons: (place: Visit, message: Message): string[] =>
      place.look(now(place, message)).buttons.map(({ actionId }) => actionId),
    /** The text of the newest card, once it fits. */
    card: (place: Visit, words: RegExp): Promise<string> =>
      town().slack.until(
        async () => {
          const { text } = place.look(await place.card());
          return words.test(text) ? text : undefined;
        },
        { channel: place.channel, what: `the card says ${words.source}`, withinMs: longMs },
      ),
    says: (place: Visit, message: Message, words: RegExp): Promise<string> =>
      town().slack.until(
        () => {
          const { text } = place.look(town().slack.channel(place.channel).now(message) ?? message);
          return words.test(text) ? text : undefined;
        },
        { channel: place.channel, what: `the message says ${words.source}`, withinMs: longMs },
      ),
    /** Every text that this message ever had, as a locked screen or a screen reader has it. */
    texts: (message: Message): string[] =>
      town()
        .slack.calls()
        .filter(({ method, args }) => method === 'chat.update' && args['ts'] === message.ts)
        .map(({ args }) => JSON.stringify(args['text'])),
  };
}

describe('what people see of an automatic revert', { concurrent: true }, () => {
  const open = limitedTown(
    { shown: '33s', gone: '40s', dead: '10s', sick: '40s' },
    {
      alarmed: {
        promotion: { bake: '10m', autoRevert: { on: ['critical'], sources: ['prom'], after: '40s' } },
      },
      other: {
        promotion: { bake: '10m', autoRevert: { on: ['critical'], sources: ['prom'], after: '40s' } },
      },
      differs: {
        promotion: { bake: '10m', failures: 1_000, autoRevert: { on: ['compare'], after: '5s' } },
        compare: { every: '100ms', block: '1s' },
      },
    },
  );
  const { town, at, sets, countdown, counting, buttons, card, says, texts } = open;

  it('is said at once, to the person who promoted and the operators, and shown at 30 s, at 10 s and at its end', async () => {
    const { slack } = town();
    const { place, message } = await counting('shown');
    expect(message.broadcast).toBe(true);
    expect(message.text).toMatch(
      new RegExp(
        `^⏱️ shown goes back to blue v1 by itself at ${clock} UTC\\.\nThe limit is passed: 0\\.09 is above 0\\.05\\.(?: It is not known whether a revert would help\\.)? <@U0ANN> <@U0BOB>$`,
      ),
    );
    for (const who of ['ann', 'bob'])
      expect(slack.notifications(who).some(({ ts }) => ts === message.ts)).toBe(true);
    // In the reader's own time zone, and not "today".
    expect(JSON.stringify(message.blocks)).toMatch(
      new RegExp(`<!date\\^\\d+\\^\\{time_secs\\}\\|${clock} UTC>`),
    );
    const { buttons: shown } = place.look(message);
    expect(shown.map(({ actionId, label }) => [actionId, label])).toEqual([
      ['release.revert', 'Revert now to blue v1'],
      ['alert.hold', 'Hold 10 min…'],
    ]);
    expect(await card(place, /⏱️/)).toMatch(
      new RegExp(`^⏱️ shown goes back to 🔵 blue \`v1\` by itself at ${clock}\\.`),
    );
    expect((await place.does('zoe', 'why')).shown).toMatch(
      /^automatic revert: ⏱️ shown goes back to blue v1 by itself at .* The limit is passed: .* hold shown/m,
    );
    await says(place, message, /Less than 30 s left\./);
    await says(place, message, /Less than 10 s left\./);
    await place.until('reverted', ({ live, state }) => live === 'blue' && state === 'idle');
    const ended = await says(place, message, /started the revert/);
    expect(ended).toMatch(
      /^✅ Switchback started the revert, .*\.\nAutomatic revert of shown to blue v1, planned for .*\. It began because: The limit is passed/,
    );
    expect(buttons(place, message)).toEqual([]);
    // Not every second.
    expect(new Set(texts(message)).size).toBeLessThanOrEqual(4);
    expect(texts(message).length).toBeLessThanOrEqual(8);
    const done = await place.notice('Switchback reverted shown: live is blue v1');
    expect(done.text).toMatch(/Reason: The limit is passed: 0\.09 is above 0\.05\. <@U0ANN> <@U0BOB>$/);
    expect((await place.does('zoe', 'history')).text).toContain('system:auto-revert · reverted');
    expect(await card(place, /is back on/)).toContain('Why: The limit is passed: 0.09 is above 0.05.');
  });

  it('is called off when the number is within its limit again, and says so first', async () => {
    const { place, message } = await counting('gone');
    sets('gone', 0.01);
    expect(await says(place, message, /Called off/)).toMatch(
      /^▫️ Called off, .*\. The number is within its limit again\.\nAutomatic revert of gone to blue v1, planned for/,
    );
    expect(buttons(place, message)).toEqual([]);
    await place.notice(
      'Called off: gone does not go back now. The number is within its limit again. No traffic moved.',
    );
    expect(await card(place, /watched until/)).not.toContain('⏱️');
    await town().slack.person('bob').presses(message, 'alert.hold', { stale: true });
    const view = await town().slack.until(() => town().slack.person('bob').view());
    await town()
      .slack.person('bob')
      .submits(view, { reason: { reason: 'late' } });
    await place.hears('bob', 'stale-button');
  });

  it('is not begun while the way back is dead: that is said loudly, and people are mentioned', async () => {
    const place = at('dead');
    await place.baking('v2');
    await place.blue.die();
    await place.until('dead', ({ bake }) => bake?.wayBack === 'dead');
    sets('dead', 0.09);
    const loud = await place.notice('🚨 dead: a person must act. ');
    expect(loud.broadcast).toBe(true);
    expect(loud.text).toMatch(
      /^🚨 dead: a person must act\. Switchback cannot revert it by itself: blue v1, the way back, does not answer\. .*The limit is passed: .* Start blue v1 again, or repair green\. <@U0ANN> <@U0BOB>$/,
    );
    expect(
      town()
        .slack.notifications('bob')
        .some(({ ts }) => ts === loud.ts),
    ).toBe(true);
    expect(await place.record()).toMatchObject({ live: 'green', state: 'baking' });
    await place.blue.revive();
  });

  it('on a release that fails its own checks does not say that nothing happens by itself', async () => {
    const { place, message } = await counting('sick');
    place.green.levers.fail = true;
    await place.notice('is unhealthy on green');
    const text = await card(place, /⏱️ sick goes back to/);
    expect(text).not.toContain('Nothing happens by itself');
    expect(town().slack.transcript(place.channel)).not.toMatch(/nothing happens by itself/i);
    await place.does('ann', 'revert');
    await says(place, message, /^✅ @ann started the revert/);
  });

  it('of a critical alert mentions people too, though the alert did, and is called off when it is resolved', async () => {
    const { slack } = town();
    const place = at('alarmed');
    await place.baking('v2');
    await sendAlerts(town(), alertmanagerBody('alarmed', [{ service: 'alarmed' }]));
    const message = await countdown(place);
    expect(message.text).toMatch(
      /^⏱️ alarmed goes back to blue v1 by itself at .*\nA critical alert of prom fires\. It is not known whether a revert would help\. <@U0ANN>/,
    );
    const ring = await place.notice('🚨 alarmed: HighErrorRate: ');
    for (const { ts } of [ring, message])
      expect(slack.notifications('bob').some((each) => each.ts === ts)).toBe(true);
    await sendAlerts(town(), alertmanagerBody('alarmed', [{ service: 'alarmed', status: 'resolved' }]));
    expect(await says(place, message, /^▫️ Called off/)).toContain(
      'The critical alert is resolved, silenced or less severe.',
    );
    expect(await place.record()).toMatchObject({ live: 'green', state: 'baking' });
  });

  it('is not begun by an alert of another source, another severity, or another service', async () => {
    const place = at('other');
    await place.baking('v2');
    expect((await place.does('zoe', 'why')).shown).toContain(
      'automatic revert: on. A countdown of 40 s begins when a critical alert of prom fires.',
    );
    const sends = (severity: string, source: string, service = 'other'): Promise<number> =>
      sendAlerts(town(), alertmanagerBody(`${source} ${severity}`, [{ service, severity }]), { source });
    expect(await sends('warning', 'prom')).toBe(202);
    await place.notice('HighErrorRate');
    expect((await place.record()).autoRevert?.countdown ?? null).toBeNull();
    expect(await sends('critical', 'prom')).toBe(202);
    await countdown(place);
  });

  it('begins when only the live color fails, and waits until that lasts', async () => {
    const place = at('differs');
    await place.baking('v2');
    await place.until('both answered', ({ evidence }) => evidence?.now === 'no-difference');
    place.green.levers.fail = true;
    const message = await countdown(place);
    expect(message.text).toMatch(
      /\nGreen fails where blue answers: .* Reverting will very likely help\. <@U0ANN>/,
    );
    await place.until('reverted', ({ live, state }) => live === 'blue' && state === 'idle');
    await says(place, message, /^✅ Switchback started the revert/);
  });
});

describe('what people do about an automatic revert', { concurrent: true }, () => {
  const { town, countdown, counting, now, buttons, card, says } = limitedTown({
    held: '40s',
    typed: '40s',
    often: '40s',
    tied: '3s',
    one: '6s',
    two: '6s',
    three: '6s',
  });
  let cli: Cli;
  beforeAll(async () => {
    cli = await openCli(town());
  });
  afterAll(() => cli?.close());

  it('is held by its button, with a reason, and begins once more when the hold ends', async () => {
    const { slack } = town();
    const { place, message } = await counting('held');
    const bob = slack.person('bob');
    await bob.presses(message, 'alert.hold');
    const view = await slack.until(() => bob.view());
    expect(await bob.submits(view, { reason: { reason: ' ' } })).toMatchObject({
      errors: { reason: 'Give a reason. It is kept in the history.' },
    });
    expect(await bob.submits(view, { reason: { reason: 'the load test causes it' } })).toMatchObject({
      closed: true,
    });
    await place.hears('bob', 'hold: held is not reverted by itself until');
    const held = await says(place, message, /^⏸️/);
    expect(held).toMatch(
      /^⏸️ held does not go back by itself until \d\d:\d\d\.\nHeld by @bob\. Reason: the load test causes it\. Then it counts down again if the cause is still there\. The limit is passed/,
    );
    expect(held).not.toContain('goes back to');
    expect(buttons(place, message)).toEqual(['release.revert', 'alert.resume']);
    expect(await card(place, /⏸️/)).toMatch(
      /^⏸️ held does not go back by itself until \d\d:\d\d\.\nHeld by @bob\. /,
    );
    await place.notice('@bob holds the automatic revert of held until');
    // Another person on the same button: what they say replaces the reason, and costs no other hold.
    const ann = slack.person('ann');
    await ann.presses(message, 'alert.hold', { stale: true });
    await ann.submits(await slack.until(() => ann.view()), { reason: { reason: 'I look at it' } });
    await place.hears('ann', 'It can be held 2 more times.');
    await says(place, message, /Held by @ann\. Reason: I look at it\./);
    expect((await place.record()).autoRevert?.holds).toBe(1);

    const onHold = now(place, message);
    await ann.presses(onHold, 'alert.resume');
    await place.hears('ann', 'resume: the hold of held is over');
    await says(place, message, /^⤵️ A newer message replaced this one/);
    expect(buttons(place, message)).toEqual([]);
    const next = await countdown(place);
    expect(next.ts).not.toBe(message.ts);
    expect(next.text).toMatch(
      /^⏱️ held goes back to blue v1 by itself at .*\nThe limit is passed: .*\. The hold is over, and the cause is still there\. <@U0ANN>/,
    );
    // The first countdown's buttons say nothing about this one.
    await bob.presses(message, 'alert.hold', { stale: true });
    await bob.submits(await slack.until(() => bob.view()), { reason: { reason: 'too late' } });
    await place.hears('bob', 'stale-button');
    expect((await place.record()).autoRevert?.countdown?.hold).toBeUndefined();
    await bob.presses(onHold, 'alert.resume', { stale: true });
    await place.hears('bob', 'stale-button');

    const press = await bob.presses(next, 'release.revert');
    expect(press.confirm?.text).toContain('100 % of traffic moves green → blue, back to v1.');
    await press.accept();
    await place.until('reverted', ({ live, state }) => live === 'blue' && state === 'idle');
    await says(place, next, /^✅ @bob started the revert/);
  });

  it('is held and resumed by command, in Slack and at the command line, and status says so', async () => {
    const { place, message } = await counting('typed');
    const status = (await place.does('zoe', 'status')).shown;
    expect(status).toMatch(
      /^automatic revert: ⏱️ typed goes back to blue v1 by itself at .*\. The limit is passed: 0\.09 is above 0\.05\./m,
    );
    expect(status).toMatch(/^next: .*revert typed.* goes back now, .*hold typed.* stops that for 10 min\.$/m);
    expect((await place.does('zoe', 'hold')).text).toMatch(/^not-allowed: .*operator/);
    expect((await place.does('ann', 'hold')).text).toMatch(
      /^hold: typed is not reverted by itself until \d\d:\d\d UTC\. It can be held 2 more times\./,
    );
    expect(await says(place, message, /^⏸️/)).toContain('Held by @ann. Then it counts down again');
    expect((await place.does('zoe', 'resume')).text).toMatch(/^not-allowed: /);
    const { out } = await cli.run('status', 'typed', '--json');
    expect(JSON.parse(out)).toMatchObject({
      countdown: {
        causes: [{ kind: 'limit', text: 'The limit is passed: 0.09 is above 0.05.' }],
        hold: { actor: { id: 'U0ANN' }, reason: null },
      },
    });
    expect((await cli.run('resume', 'typed')).out).toMatch(/^resume: the hold of typed is over/);
    await says(place, message, /^⤵️/);
    await place.until('counts again', ({ autoRevert }) => autoRevert?.countdown?.hold === undefined);
    const held = await cli.run('hold', 'typed', '--json', 'a load', 'test');
    expect(JSON.parse(held.out)).toMatchObject({ verb: 'hold', service: 'typed' });
    const next = await countdown(place);
    expect(await says(place, next, /^⏸️/)).toMatch(/Held by cli:.*\. Reason: a load test\. Then/);
    expect((await cli.run('status', 'typed')).out).toMatch(
      /^automatic revert: ⏸️ typed does not go back by itself until \d{4}-.*Z\. Held by cli:/m,
    );
  });

  it('can be held three times; then the answer says what to do', async () => {
    const { place } = await counting('often');
    for (const left of ['2 more times', 'once more']) {
      expect((await place.does('ann', 'hold', 'again')).text).toContain(`It can be held ${left}.`);
      const before = (await place.record()).autoRevert?.countdown?.id;
      await place.does('ann', 'resume');
      await place.until('counts again', ({ autoRevert }) => {
        const countdown = autoRevert?.countdown;
        return countdown != null && countdown.id !== before;
      });
    }
    expect((await place.does('ann', 'hold', 'again')).text).toContain('It cannot be held again.');
    const third = (await place.record()).autoRevert?.countdown?.id;
    await place.does('ann', 'resume');
    await place.until('counts again', ({ autoRevert }) => autoRevert?.countdown?.id !== third);
    const refused = (await place.does('ann', 'hold', 'again')).text;
    expect(refused).toMatch(
      /^hold-limit: .*was held 3 times already\. .*Remove the cause, let it revert, or end the bake with \/release settle often\./,
    );
    expect((await place.does('bob', 'settle')).text).toMatch(/^settle: /);
    await place.notice('Called off: often does not go back now. @bob settled the release.');
    expect((await place.does('zoe', 'why')).shown).toContain('automatic revert: over: a person settled');
    expect(await place.record()).toMatchObject({ live: 'green', state: 'idle' });
  });

  it('that is held in the moment of its end is held, or reverts: never both', async () => {
    const { place } = await counting('tied');
    const { endsAt = 0 } = (await place.record()).autoRevert?.countdown ?? {};
    await until('the end is near', () => Date.now() > endsAt - 20);
    const { text } = await place.does('ann', 'hold', 'now');
    const kept = text.startsWith('hold: ');
    expect(text).toMatch(/^(hold|nothing-to-do): /);
    const record = await place.until(
      'one of both',
      ({ live, state, autoRevert }) =>
        (live === 'blue' && state === 'idle') || autoRevert?.countdown?.hold !== undefined,
    );
    expect([record.live, kept]).toEqual([kept ? 'green' : 'blue', kept]);
  });

  it('of one service says nothing about that of another', async () => {
    const all = await Promise.all(['one', 'two', 'three'].map((service) => counting(service)));
    const [first] = all;
    await first?.place.does('ann', 'hold', 'only this one');
    for (const { place, message } of all.slice(1)) {
      await place.until('reverted', ({ live, state }) => live === 'blue' && state === 'idle');
      await says(place, message, /^✅ Switchback started the revert/);
    }
    expect(await first?.place.record()).toMatchObject({ live: 'green', state: 'baking' });
  });
});

describe('while Slack does not take messages', () => {
  const { town, at, sets, countdown, says, now } = limitedTown({ limited: '6s', away: '6s', late: '25s' });

  it.each([
    ['limited', () => town().slack.levers.rateLimit(14_000, 2_000)],
    ['away', () => town().slack.levers.down('http-503')],
  ] as const)('a countdown goes on to its end, and its messages follow: %s', async (service, ails) => {
    const place = at(service);
    const { slack } = town();
    await place.baking('v2');
    await place.notice('is live: new requests go to green');
    ails();
    sets(service, 0.09);
    await place.until('reverted', ({ live, state }) => live === 'blue' && state === 'idle');
    slack.levers.up();
    const told = await place.notice('Automatic revert of');
    expect(await says(place, told, /started the revert/)).toMatch(/^✅ Switchback started the revert, /);
    expect(place.look(now(place, told)).buttons).toEqual([]);
    await place.notice(`Switchback reverted ${service}`);
  });

  it('a hold by command counts, and the message shows it when Slack is back', async () => {
    const place = at('late');
    const { slack } = town();
    await place.baking('v2');
    await place.notice('is live: new requests go to green');
    slack.levers.down('http-503', { method: 'chat.postMessage' });
    sets('late', 0.09);
    await place.until('counts', ({ autoRevert }) => autoRevert?.countdown != null);
    expect((await place.does('ann', 'hold', 'Slack is slow')).text).toMatch(/^hold: /);
    slack.levers.up();
    const message = await countdown(place);
    expect(await says(place, message, /^⏸️/)).toContain('Held by @ann. Reason: Slack is slow.');
    expect((await place.record()).live).toBe('green');
  });
});
