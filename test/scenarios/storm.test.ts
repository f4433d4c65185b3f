import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { alertSources, alertsToken } from '../support/alerts.ts';
import { sharedTown } from '../support/shared-town.ts';
import { idOf, sendStorm, storm } from '../support/storm.ts';
import type { Stored } from '../support/storm.ts';

/** Groups of the service that bakes. */
const struck = new Map([100, 101, 102].map((group) => [group, { service: 'checkout', wave: 2 }]));
const patience = { withinMs: 60_000 };

describe('a storm of alerts', () => {
  const { town, at } = sharedTown(async () => ({
    file: {
      roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
      alerts: alertSources,
    },
    env: { ALERTS_TOKEN: alertsToken },
    // As Slack limits it: about one message a second in a channel.
    slack: { postRate: { perMinute: 60, burst: 5 } },
  }));

  it('is stored whole, becomes few messages, and leaves the way back of what bakes within reach', {
    timeout: 120_000,
  }, async () => {
    const checkout = at('checkout');
    await checkout.baking('v2');
    const { slack, bots } = town();
    const room = slack.channel(checkout.channel);
    const parents = (): Message[] =>
      room
        .messages()
        .filter(({ text, broadcast }) => !broadcast && /^(🚨|⚠️|ℹ️|🔔) (no known service|\S+): /u.test(text));
    const ofCheckout = (): Message | undefined => parents().find(({ text }) => text.includes('checkout'));
    const posted = (): unknown[] =>
      slack.calls('chat.postMessage').flatMap(({ answer }) => (answer['ok'] === true ? [answer['ts']] : []));

    let before: number | undefined;
    let waiting: Promise<number | undefined> | undefined;
    const onStored = ({ group }: Stored): void => {
      if (!struck.has(group) || before !== undefined) return;
      before = posted().length;
      waiting = bots[0]?.redis.outbox.depth();
    };
    const sending = sendStorm(`http://127.0.0.1:${bots[0]?.bot.port}`, { struck, onStored });
    const alert = await Promise.race([
      slack.until(ofCheckout, patience),
      // What goes wrong there is told at once.
      sending.then(() => slack.until(ofCheckout, patience)),
    ]);
    // At most one was on its way, and one was chosen, when it came; it goes before all that waited.
    expect(posted().indexOf(alert.ts) - (before ?? Infinity)).toBeLessThanOrEqual(2);
    expect(await waiting).toBeGreaterThan(10);
    // In the middle of the storm.
    const press = await slack.person('bob').presses(alert, 'release.revert', { accept: true });
    expect(press.delivered).toBe(true);
    await checkout.until('reverted', (record) => record.live === 'blue' && record.state === 'idle');
    expect(await checkout.live()).toBe('blue');

    const stored = await sending;
    const { alerts } = bots[0]?.redis ?? {};
    const groups = await Promise.all(
      Array.from({ length: storm.groups }, async (_, group) => {
        const loaded = await alerts?.load(idOf(group, struck.get(group)?.service));
        return Object.keys(loaded?.group?.members ?? {}).length;
      }),
    );
    expect(groups).toEqual(groups.map(() => storm.alertsOfGroup));
    expect(stored).toHaveLength(5 * storm.groups - 2 * struck.size);

    const own = 10 + struck.size;
    await slack.until(() => parents().length === own, patience);
    await slack.until(
      () =>
        room
          .messages()
          .some(({ text }) => text.includes(`Many alerts at once: ${storm.groups - own} more groups, `)),
      patience,
    );
    expect(slack.calls().filter(({ answer }) => answer['error'] === 'ratelimited')).toEqual([]);
  });
});
