/** A bot that is killed between an alert's webhook and its message; a new one on the same Redis goes on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlertsTo } from '../support/alerts.ts';
import { openVillage } from '../support/replicas.ts';
import type { Process, Village } from '../support/replicas.ts';

const services = ['posting', 'before', 'after'];

describe('a bot killed by SIGKILL', { timeout: 60_000 }, () => {
  let village: Village;
  beforeAll(async () => {
    village = await openVillage({
      services,
      settings: () => ({ revert: { lockAfterRevert: false } }),
      file: { alerts: alertSources },
      env: { ALERTS_TOKEN: alertsToken },
    });
    const first = await village.startReplica();
    village.delivers(first);
    await Promise.all(services.map(baking));
    await village.untilAllTold();
    await first.stop();
  });
  afterAll(() => village.close());

  const startsAt = new Date();
  /** Sends the one alert of a group, as Alertmanager does and does again: the very same body. */
  const sends = ({ events }: Process, service: string, name: string): Promise<number> =>
    sendAlertsTo(events, alertmanagerBody(name, [{ name, service, severity: 'warning', startsAt }]));
  const parents = (service: string, name: string): Message[] =>
    village.slack
      .channel(service)
      .messages()
      .filter(({ text }) => text.startsWith(`⚠️ ${service}: ${name}`));
  const baking = async (service: string): Promise<void> => {
    await village.until(service, 'adopted', ({ state }) => state === 'idle');
    await village.orders(service, `stage ${service} v2`);
    await village.until(service, 'staged', ({ state }) => state === 'staged');
    await village.orders(service, `promote ${service}`);
    await village.until(service, 'baking', ({ state }) => state === 'baking');
  };
  const reverts = async (service: string, alert: Message | undefined): Promise<void> => {
    if (!alert) throw new Error('there is no such message');
    const press = await village.slack.person(service).presses(alert, 'release.revert', { accept: true });
    expect(press.delivered).toBe(true);
    await village.until(service, 'reverted', ({ live, state }) => live === 'blue' && state === 'idle');
    expect(await village.heading(service)).toBe('blue');
  };

  it('after its 202 leaves what the next one posts: once, and once more what was being posted', async () => {
    const { slack } = village;
    const victim = await village.startMain();
    slack.levers.down('no-answer', { method: 'chat.postMessage' });
    expect(await sends(victim, 'posting', 'OnItsWay')).toBe(202);
    await slack.until(() => parents('posting', 'OnItsWay')[0]);
    // It waits for the answer to the one before; Slack is not asked to post this one.
    expect(await sends(victim, 'posting', 'StillStored')).toBe(202);
    await victim.stop('SIGKILL');
    expect(parents('posting', 'StillStored')).toEqual([]);

    slack.levers.up();
    const heir = await village.startMain();
    village.delivers(heir);
    const alert = await slack.until(() => parents('posting', 'StillStored')[0], { withinMs: 30_000 });
    const [orphan, again] = await slack.until(
      () => (parents('posting', 'OnItsWay').length > 1 ? parents('posting', 'OnItsWay') : undefined),
      { withinMs: 30_000 },
    );
    await village.untilAllTold();
    expect(parents('posting', 'StillStored')).toHaveLength(1);
    expect(parents('posting', 'OnItsWay')).toHaveLength(2);

    // Nobody remembers the message whose answer was lost: its button does nothing, and says where to go.
    if (!orphan) throw new Error('there is no orphan');
    const person = slack.person('posting');
    await person.presses(orphan, 'release.revert', { accept: true });
    const said = await slack.until(() =>
      slack
        .channel('posting')
        .ephemerals(person)
        .find(({ text }) => text.includes('stale-button')),
    );
    expect(slack.look(said).text).toContain('Its card: ');
    await slack.until(() => slack.channel('posting').now(orphan)?.text.includes('an old copy'));
    expect(await village.heading('posting')).toBe('green');
    await reverts('posting', again);
    // All messages of the service agree afterwards.
    await slack.until(() =>
      slack
        .look(slack.channel('posting').now(alert) ?? alert)
        .buttons.every(({ actionId }) => actionId !== 'release.revert'),
    );
    await heir.stop('SIGKILL');
  });

  it.each(['before', 'after'] as const)(
    '%s an alert is stored answers no 202, and tells it once when its sender tries again',
    async (when) => {
      const victim = await village.startProcess({
        points: [{ service: when, label: 'alert', when }],
        act: 'SIGKILL',
      });
      await expect(sends(victim, when, 'Unanswered')).rejects.toThrow('fetch failed');
      await victim.exit();
      expect(victim.tripped(when)).toBe(true);
      expect(parents(when, 'Unanswered')).toEqual([]);

      const heir = await village.startMain();
      village.delivers(heir);
      expect(await sends(heir, when, 'Unanswered')).toBe(202);
      expect(await sends(heir, when, 'Unanswered')).toBe(202);
      const alert = await village.slack.until(() => parents(when, 'Unanswered')[0], { withinMs: 30_000 });
      await village.untilAllTold();
      expect(parents(when, 'Unanswered')).toHaveLength(1);
      expect(village.slack.channel(when).thread(alert.ts)).toHaveLength(1);
      await reverts(when, alert);
      await heir.stop('SIGKILL');
    },
  );
});
