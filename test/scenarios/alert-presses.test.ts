import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { Fault } from '../../src/release/fault.ts';
import { plain } from '../../src/release/line.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import type { AlertFacts } from '../support/alerts.ts';
import { sharedTown } from '../support/shared-town.ts';
import type { Visit } from '../support/conversation.ts';

describe.each(['http', 'socket'] as const)('presses on alerts over %s', (mode) => {
  const { town, at } = sharedTown(async () => ({
    mode,
    services: { mine: {}, yours: {}, orphan: {}, again: {}, settled: {}, unsure: {} },
    file: {
      roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
      alerts: alertSources,
    },
    env: { ALERTS_TOKEN: alertsToken },
  }));

  /** Has an alert fire on the service; its message, with its buttons. */
  async function alertOn(place: Visit, more: AlertFacts = {}): Promise<Message> {
    const body = alertmanagerBody(place.name, [{ service: place.name, severity: 'warning', ...more }]);
    expect(await sendAlerts(town(), body)).toBe(202);
    return town().slack.until(
      () =>
        town()
          .slack.channel(place.channel)
          .messages()
          .find(({ text }) => text.startsWith('⚠️ ')),
      { channel: place.channel, what: 'the alert' },
    );
  }
  const now = (place: Visit, message: Message): string => {
    const found = town().slack.channel(place.channel).now(message);
    return found === undefined ? '' : town().slack.look(found).text;
  };
  const valueOf = (message: Message, actionId: string): string =>
    town()
      .slack.look(message)
      .buttons.find((button) => button.actionId === actionId)?.value ?? '';
  const history = async (place: Visit): Promise<string[]> =>
    ((await town().bots[0]?.redis.store.history(place.name, 99)) ?? []).map(
      ({ what, code, text }) => `${what} ${code ?? ''}: ${plain(text)}`,
    );
  const refusals = async (code: string): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${town().bots[0]?.bot.port}/metrics`);
    const found = new RegExp(`^switchback_refusals_total\\{code="${code}"\\} (\\d+)$`, 'm').exec(
      await answer.text(),
    );
    return Number(found?.[1] ?? 0);
  };

  it.sequential('a value that belongs to another alert does nothing to either', async () => {
    const [mine, yours] = [at('mine'), at('yours')];
    const [message, other] = [await alertOn(mine), await alertOn(yours)];
    const { slack } = town();
    const forged = { value: valueOf(other, 'alert.acknowledge') };
    expect(forged.value).not.toBe(valueOf(message, 'alert.acknowledge'));
    const before = await refusals('stale-button');
    await slack.person('ann').presses(message, 'alert.acknowledge', forged);
    const heard = await mine.hears('ann', 'stale-button');
    expect(mine.look(heard).text).toContain('This button no longer fits; nothing was done.');
    expect(JSON.stringify(heard.blocks)).toContain(`/p${message.ts.replace('.', '')}|the alert>`);
    expect(await history(mine)).toContain(
      'refused stale-button: acknowledge of alert HighErrorRate of mine: This button no longer fits; nothing was done.',
    );
    expect(await refusals('stale-button')).toBe(before + 1);
    // What is told later was taken later: neither was acknowledged.
    await slack.person('bob').presses(other, 'alert.acknowledge');
    await slack.until(() => now(yours, other).includes('Acknowledged by @bob'));
    expect(now(mine, message)).not.toContain('Acknowledged');
  });

  it.sequential('a press on a message that nobody knows links to the one that is shown, and so does that message then', async () => {
    const orphan = at('orphan');
    const message = await alertOn(orphan);
    const { slack } = town();
    const room = slack.channel(orphan.channel);
    await fetch(`${slack.origin}/api/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-playground', 'content-type': 'application/json' },
      body: JSON.stringify({ channel: message.channel, text: 'an orphan', blocks: message.blocks }),
    });
    const copy = await slack.until(() => room.messages().find(({ text }) => text === 'an orphan'));
    await slack.person('ann').chooses(copy, 'alert.silence', '1 h');
    const heard = await orphan.hears('ann', 'stale-button: silence of');
    expect(JSON.stringify(heard.blocks)).toContain(`/p${message.ts.replace('.', '')}|the alert>`);
    expect(now(orphan, message)).not.toContain('Silenced');
    const replaced = await slack.until(() => {
      const found = room.now(copy);
      return found?.text.includes('an old copy') ? found : undefined;
    });
    expect(slack.look(replaced).buttons).toEqual([]);
    expect(JSON.stringify(replaced.blocks)).toContain(`/p${message.ts.replace('.', '')}|the alert>`);
  });

  it.sequential('a repeat of a press has no second effect, and the answer of the first', async () => {
    const again = at('again');
    const message = await alertOn(again);
    const { slack } = town();
    await slack.person('ann').chooses(message, 'alert.silence', '1 h');
    const silenced = slack.captured.at(-1);
    await again.notice('@ann silenced it until');
    await slack.person('ann').presses(message, 'alert.acknowledge', { stale: true });
    const acknowledged = slack.captured.at(-1);
    await again.notice('@ann acknowledged it.');
    const entries = await history(again);
    for (const sent of [silenced, acknowledged]) {
      if (sent === undefined) throw new Error('nothing captured');
      await slack.replay(sent);
    }
    const repeated = 'Slack sent this press again; nothing was done twice.';
    await slack.until(() => again.times(repeated) >= 2);
    expect((await again.hears('ann', repeated)).text).toMatch(/^acknowledge: alert HighErrorRate/);
    expect(await history(again)).toEqual(entries);
    expect(again.times('silenced it until')).toBe(1);

    const before = await refusals('not-allowed');
    await slack.person('zoe').presses(message, 'alert.acknowledge', { stale: true });
    const refused = slack.captured.at(-1);
    await again.hears('zoe', 'not-allowed: acknowledge of');
    if (refused === undefined) throw new Error('nothing captured');
    await slack.replay(refused);
    await again.hears('zoe', repeated);
    expect(await refusals('not-allowed')).toBe(before + 1);
    expect((await history(again))[0]).toBe(
      'refused not-allowed: acknowledge of alert HighErrorRate of again: acknowledge on again needs the role operator or approver (or admin).',
    );
  });

  it.sequential('"Until this release settles" is refused when that has settled', async () => {
    const settled = at('settled');
    await settled.baking('v2');
    const message = await alertOn(settled);
    await settled.does('bob', 'settle');
    await settled.until('settled', (record) => record.state === 'idle');
    await town()
      .slack.person('ann')
      .chooses(message, 'alert.silence', 'Until this release settles', { stale: true });
    const heard = await settled.hears('ann', 'nothing-to-do: silence of');
    expect(settled.look(heard).text).toContain('bakes now, so there is none to wait for.');
    expect(settled.look(heard).text).toContain('Choose a time instead.');
  });

  it.sequential('a press that was saved without an answer is not confirmed, and its end is announced', async () => {
    const unsure = at('unsure');
    const message = await alertOn(unsure);
    const alerts = town().bots[0]?.redis.alerts;
    if (alerts === undefined) throw new Error('no bot');
    const save = alerts.save.bind(alerts);
    alerts.save = async (change) => {
      alerts.save = save;
      await save(change);
      throw new Fault('storage-unavailable', 'Redis did not answer in time.', { unclear: true });
    };
    await town().slack.person('ann').presses(message, 'alert.acknowledge');
    await unsure.hears('ann', 'Redis did not answer: this is not confirmed.');
    await unsure.hears('ann', 'was stored after all; look at its message.');
    expect(now(unsure, message)).toContain('Acknowledged by @ann');
  });
});
