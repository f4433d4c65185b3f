import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/playground/workspace/index.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import { sharedTown } from '../support/shared-town.ts';

const groups = 200;
const bodies = 2_000;
const alertsOfBody = 5;

describe('a storm of alerts', () => {
  const { town, at } = sharedTown(async () => ({
    file: {
      roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
      alerts: alertSources,
    },
    env: { ALERTS_TOKEN: alertsToken },
    // As Slack limits it: about one message a second in a channel.
    slack: { postRate: { perMinute: 60, burst: 5 } },
    services: { other: {} },
  }));

  it('is stored whole, becomes few messages, and leaves the way back of what bakes within reach', {
    timeout: 120_000,
  }, async () => {
    const checkout = at('checkout');
    await checkout.baking('v2');
    const { slack } = town();
    const room = slack.channel(checkout.channel);
    const parents = (): Message[] => room.messages().filter(({ text }) => /firing · \w+: /.test(text));
    const startsAt = new Date();
    let sent = 0;
    let stored = 0;
    const send = async (): Promise<void> => {
      while (sent < bodies) {
        const number = sent;
        sent += 1;
        const group = number % groups;
        // The service that bakes is hit when the storm is at its height.
        const service = group === 150 ? 'checkout' : undefined;
        const alerts = Array.from({ length: alertsOfBody }, (_, i) => ({
          name: `Alert${Math.floor(number / groups)}-${i}`,
          severity: 'warning',
          startsAt,
          ...(service !== undefined && { service }),
        }));
        if ((await sendAlerts(town(), alertmanagerBody(`group${group}`, alerts))) === 202)
          stored += alerts.length;
      }
    };
    await Promise.all(Array.from({ length: 16 }, send));
    expect(stored).toBe(bodies * alertsOfBody);

    const ofCheckout = await slack.until(() => parents().find(({ text }) => text.includes('checkout')), {
      withinMs: 10_000,
    });
    const before = parents().filter(({ ts }) => Number(ts) < Number(ofCheckout.ts));
    expect(before.length).toBeLessThanOrEqual(10);
    const press = await slack.person('bob').presses(ofCheckout, 'release.revert', { accept: true });
    expect(press.delivered).toBe(true);
    await checkout.until('reverted', (record) => record.live === 'blue' && record.state === 'idle');
    expect(await checkout.live()).toBe('blue');

    const digest = await slack.until(
      () => room.messages().find(({ text }) => text.includes('Many alerts at once')),
      {
        withinMs: 60_000,
      },
    );
    await slack.until(() => parents().length === 11, { withinMs: 60_000 });
    await slack.until(
      () =>
        room
          .messages()
          .find(({ ts }) => ts === digest.ts)
          ?.text.includes(`${groups - 11} more groups, `),
      { withinMs: 60_000 },
    );
    // All of each group's alerts are in it.
    const { alerts } = town().bots[0]?.redis ?? {};
    const [open = ''] = (await alerts?.open('checkout')) ?? [];
    const { group } = (await alerts?.load(open)) ?? {};
    expect(Object.keys(group?.members ?? {})).toHaveLength((bodies / groups) * alertsOfBody);
  });
});
