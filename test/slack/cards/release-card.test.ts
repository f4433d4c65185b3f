import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  controlsOf,
  LIMITS,
  mentionsOf,
  messageProblems,
  houseRules,
} from '../../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../../packages/slack-double/src/index.ts';
import { states } from '../../../src/release/release.ts';
import type { Bake, ServiceRecord, State } from '../../../src/release/release.ts';
import { releaseCard } from '../../../src/slack/cards/release-card.ts';
import type { SlackMessage } from '../../../src/slack/reply.ts';
import { ann, at, bob, recordIn, releaseWith, requestWith, settingsWith } from './record.ts';

/** It bakes, with these verdicts. */
function baking(change: Partial<Bake>): ServiceRecord {
  const record = recordIn('baking');
  return { ...record, bake: record.bake && { ...record.bake, ...change } };
}

function cardOf(record: ServiceRecord): SlackMessage {
  const newest = record.releases[0];
  if (!newest) throw new Error('no release');
  return releaseCard(record, newest, settingsWith());
}

function buttonsOf(message: SlackMessage): Record<string, unknown>[] {
  return message.blocks.flatMap((block) =>
    block['type'] === 'actions' ? (block['elements'] as Record<string, unknown>[]) : [],
  );
}

const idsOf = (message: SlackMessage): unknown[] => buttonsOf(message).map((each) => each['action_id']);
const wordsOf = (message: SlackMessage): string => JSON.stringify(message.blocks);

function confirmOf(message: SlackMessage, id: string): { title: string; text: string; deny: string } {
  const confirm = buttonsOf(message).find((each) => each['action_id'] === id)?.['confirm'] as Record<
    string,
    { text: string }
  >;
  return {
    title: confirm['title']?.text ?? '',
    text: confirm['text']?.text ?? '',
    deny: confirm['deny']?.text ?? '',
  };
}

/** Blocks within Slack's limits, by the pretend workspace's own checks; and the project's rules. */
function expectSendable(message: SlackMessage): void {
  const blocks = message.blocks as JsonObject[];
  expect(messageProblems(blocks)).toEqual([]);
  expect(houseRules({ text: message.text, blocks })).toEqual([]);
  expect(message.text.length).toBeLessThanOrEqual(LIMITS.updateText);
  let characters = 0;
  JSON.stringify(blocks, (key, value: unknown) => {
    if (key === 'text' && typeof value === 'string') characters += value.length;
    return value;
  });
  expect(characters).toBeLessThanOrEqual(LIMITS.blocksText);
}

describe('the buttons of a card', () => {
  test.each<[State, string[]]>([
    ['staged', ['release.promote', 'release.cancel']],
    ['promoting', ['release.revert']],
    ['baking', ['release.revert']],
    ['idle', ['release.revert']],
    ['stuck', ['release.retry', 'release.revert', 'release.adopt']],
    ['staging', []],
    ['reverting', []],
  ])('in %s are those of the table', (state, ids) => {
    expect(idsOf(cardOf(recordIn(state)))).toEqual(ids);
  });

  test('a revert loses no write only while a read-only window is renewed', () => {
    const dialog = (state: State, until: number | null, renewAt: number): string => {
      const readOnly = { id: 'w', release: 'r-17', since: at, until, renewAt };
      const blue = { role: 'live', version: 'v1.41.3', since: at } as const;
      const green = { role: 'previous', version: 'v1.40.0', since: at } as const;
      const colors = state === 'staging' ? { blue, green } : recordIn(state).colors;
      return confirmOf(cardOf(recordIn(state, { readOnly, colors })), 'release.revert').text;
    };
    const sentence = 'Nobody can write now, so a revert loses no write.';
    expect(dialog('baking', at + 300_000, at + 5_000)).toContain(sentence);
    // It was ended, its switch is under way, or a stage lets it lapse.
    expect(dialog('baking', at, at)).not.toContain(sentence);
    expect(dialog('promoting', null, at + 5_000)).not.toContain(sentence);
    expect(dialog('staging', at + 300_000, at + 5_000)).not.toContain(sentence);
  });

  test('a revert says whether it loses writes, where each color has databases of its own', () => {
    const dialog = (more: object): string =>
      confirmOf(
        cardOf(recordIn('baking', { dataSync: { color: 'blue', since: at, bad: 0, ...more } })),
        'release.revert',
      ).text;
    expect(dialog({})).toContain(' A revert loses no write.');
    const apart = dialog({ bad: 3, why: 'blue lags', missed: '214 rows are not on blue (orders 214)' });
    expect(apart).toContain(
      ' It is refused while the databases are not in sync. 214 rows are not on blue (orders 214). Force… moves traffic anyway.',
    );
    // What is known of another color says nothing about this way back.
    expect(dialog({ color: 'green' })).not.toContain('no write');
  });

  test('say in their dialogs whether the schema of the database fits', () => {
    const dialog = (state: State, id: string, at: number): string => {
      const [release] = recordIn(state).releases;
      const blue = { needs: 41, min: 40, max: 42 };
      const green = { needs: 42, min: 42, max: 43 };
      const schema = { at, said: { blue, green } };
      return confirmOf(cardOf(recordIn(state, { releases: [releaseWith({ ...release, schema })] })), id).text;
    };
    expect(dialog('staged', 'release.promote', 42)).toMatch(/go back to\. Schema 42: compatible\.$/);
    expect(dialog('staged', 'release.promote', 44)).toMatch(
      /^Green was built for 42, the database is at 44: it will not start\. The promote is refused\. 100 %/,
    );
    expect(dialog('baking', 'release.revert', 42)).toMatch(/^Schema 42: compatible\. 100 % of traffic moves/);
    expect(dialog('baking', 'release.revert', 43)).toMatch(
      /^Blue was built for 41, the database is at 43: it will not start\. 100 % of/,
    );
  });

  test('say in their dialogs that there is no way back', () => {
    const reason = `it drops a column ${'of a table '.repeat(30)}`;
    const noWayBack = { reason, by: ann, at };
    const dialog = (state: State, id: string, change: Partial<ServiceRecord> = {}): string => {
      const [release] = recordIn(state).releases;
      const releases = [releaseWith({ ...release, noWayBack })];
      const card = cardOf(recordIn(state, { ...change, releases }));
      expectSendable(card);
      return confirmOf(card, id).text;
    };
    const said = /No way back: it drops a column .*…/;
    expect(dialog('staged', 'release.promote')).toMatch(said);
    expect(dialog('staged', 'release.promote')).not.toContain('the version to go back to');
    expect(dialog('staged', 'release.approve', { request: requestWith() })).toMatch(said);
    const refused = / This will be refused; Force… in the answer moves traffic anyway\./;
    for (const state of ['baking', 'idle'] as const) {
      expect(dialog(state, 'release.revert')).toMatch(said);
      expect(dialog(state, 'release.revert')).toMatch(refused);
    }
    // Its promote has moved no traffic yet.
    expect(dialog('promoting', 'release.revert')).not.toMatch(refused);
  });

  test('in staging are a revert that says what it drops, while there is a way back', () => {
    const blue = { role: 'live', version: 'v1.41.3', since: at } as const;
    const green = { role: 'previous', version: 'v1.40.0', since: at } as const;
    const card = cardOf(recordIn('staging', { colors: { blue, green } }));
    expect(idsOf(card)).toEqual(['release.revert']);
    expect(confirmOf(card, 'release.revert').text).toBe(
      '100 % of traffic moves blue → green, back to v1.40.0. The stage of #17 is dropped. The service is locked afterwards.',
    );
  });

  test('with an open request are approve, reject and cancel', () => {
    expect(idsOf(cardOf(recordIn('staged', { request: requestWith() })))).toEqual([
      'release.approve',
      'release.reject',
      'release.cancel',
    ]);
    expect(idsOf(cardOf(recordIn('staged', { request: requestWith({ status: 'expired' }) })))).toEqual([
      'release.promote',
      'release.cancel',
    ]);
  });

  test('offer no revert when there is no way back', () => {
    const gone = { role: 'reverted', version: 'v1', since: at } as const;
    const { colors } = recordIn('idle');
    expect(idsOf(cardOf(recordIn('idle', { colors: { ...colors, blue: gone } })))).toEqual([]);
  });

  test('stand on the newest card only; an older one says what became of it', () => {
    const older = releaseWith({ id: 'r-16', number: 16, status: 'replaced' });
    for (const state of states) {
      const record = recordIn(state);
      const card = releaseCard({ ...record, releases: [...record.releases, older] }, older, settingsWith());
      expect(idsOf(card)).toEqual([]);
      expect(wordsOf(card)).toContain('replaced');
      expectSendable(card);
    }
  });

  test('name service, release and epoch, Retry also the stuck operation, and at most one of them is primary', () => {
    for (const state of states) {
      const all = buttonsOf(cardOf(recordIn(state)));
      for (const each of all) {
        const hangs = each['action_id'] === 'release.retry' && { q: 'op' };
        expect(JSON.parse(each['value'] as string)).toEqual({ s: 'checkout', r: 'r-17', e: 4, ...hangs });
      }
      expect(all.filter((each) => each['style'] === 'primary').length).toBeLessThanOrEqual(1);
    }
  });

  test('show Revert in red only where it is what to do', () => {
    for (const state of states)
      for (const each of buttonsOf(cardOf(recordIn(state)))) expect(each['style']).not.toBe('danger');
  });

  test('that move traffic say beforehand what will happen, and can be declined', () => {
    expect(confirmOf(cardOf(recordIn('staged')), 'release.promote').text).toContain(
      '100 % of traffic moves blue → green',
    );
    const asked = cardOf(recordIn('staged', { request: requestWith() }));
    expect(confirmOf(asked, 'release.approve').text).toContain('100 % of traffic moves blue → green');
    for (const state of ['baking', 'idle'] as const) {
      const { text } = confirmOf(cardOf(recordIn(state)), 'release.revert');
      expect(text).toContain('100 % of traffic moves green → blue, back to v1.41.3');
    }
    const stuck = cardOf(recordIn('stuck'));
    expect(confirmOf(stuck, 'release.retry').text).toBe(
      'Nobody knows where traffic is now. 100 % of traffic moves to green, v1.42.0.',
    );
    expect(confirmOf(stuck, 'release.revert').text).toContain(
      'Nobody knows where traffic is now. 100 % of traffic moves to blue, back to v1.41.3.',
    );
    expect(confirmOf(stuck, 'release.adopt').text).toContain('No traffic moves');
    for (const button of buttonsOf(stuck))
      expect(confirmOf(stuck, String(button['action_id'])).deny).not.toBe('');
  });

  test('where the router says another color than the record, say what that does to traffic', () => {
    const drifted = recordIn('idle', { drift: { saw: 'blue', at: 0 } });
    const card = cardOf(drifted);
    expect(confirmOf(card, 'release.retry').text).toBe('100 % of traffic moves blue → green, v1.42.0.');
    expect(confirmOf(card, 'release.adopt').text).toBe(
      'No traffic moves: it stays on blue. The record of checkout follows; a staged release or bake ends.',
    );
    // Revert goes where traffic is already.
    expect(confirmOf(card, 'release.revert').text).toMatch(
      /^No traffic moves: the router says blue v1\.41\.3 already\. The record follows\./,
    );
  });
});

describe('a card', () => {
  test.each(states)('in %s names state and version literally, and Slack takes it', (state) => {
    const card = cardOf(recordIn(state));
    expect(wordsOf(card)).toContain(state);
    expect(wordsOf(card)).toContain('v1.42.0');
    expect(card.text).toMatch(/^\S+ checkout\b.* \(#17 [a-z]+\)$/u);
    expect(card.text).toContain(state === 'idle' ? 'live' : state);
    expectSendable(card);
  });

  test('shows the steps of what is under way in one line', () => {
    const steps = [
      { name: 'health', status: 'done', at, detail: 'healthy, reports v1.42.0' },
      { name: 'switch', status: 'doing', at },
    ] as const;
    const card = (state: 'promoting' | 'baking') =>
      wordsOf(cardOf(recordIn(state, { releases: [releaseWith({ status: state, steps: [...steps] })] })));
    expect(card('promoting')).toContain('"✅ health: healthy, reports v1.42.0 ⏳ switch"');
    expect(card('baking')).not.toContain('health:');
  });

  test('shows people, the switch time, the idle color, links, and until when there is a way back', () => {
    const release = releaseWith({ status: 'baking', promotedBy: bob, promotedAt: at, switchMs: 412.3 });
    const words = wordsOf(cardOf(recordIn('baking', { releases: [release] })));
    for (const part of ['staged by <@U0ANN>', 'promoted by <@U0BOB>', 'switched in 412 ms'])
      expect(words).toContain(part);
    expect(words).toContain('open <http://10.0.0.12:8080/|green ↗> · open <http://10.0.0.11:8080/|blue ↗>');
    expect(words).toContain('<https://git.example/v1.42.0|v1.42.0 ↗>');
    expect(words).toContain('<https://git.example/v1.41.3...v1.42.0|changes since v1.41.3 ↗>');
    expect(words).toContain(
      'Revert goes back to 🔵 blue `v1.41.3` (healthy), until another version is staged.',
    );
  });

  test('says how long the promote took, and how long the revert, each next to the person who did it', () => {
    const release = releaseWith({
      status: 'reverted',
      promotedBy: bob,
      promotedAt: at,
      switchMs: 33,
      revertedBy: ann,
      revertedAt: at,
      revertMs: 51,
      probe: '2 of 2 answered by blue',
    });
    const words = wordsOf(cardOf(recordIn('idle', { releases: [release] })));
    expect(words).toMatch(
      /promoted by <@U0BOB> [^·]*, switched in 33 ms · reverted by <@U0ANN> [^·]*, switched back and verified in 51 ms"/,
    );
    expect(words).toContain('probe: 2 of 2 answered by blue');
    const { probe: _none, ...unprobed } = release;
    expect(wordsOf(cardOf(recordIn('idle', { releases: [unprobed] })))).not.toContain('verified');
  });

  test.each([
    ['baking', 'baking', true],
    ['idle', 'reverted', true],
    ['idle', 'live', true],
    ['staged', 'staged', false],
  ] as const)('in state %s, %s, says what stays on the color left: %s', (state, status, said) => {
    const release = releaseWith({ status, stays: 'Open connections stay on pods of blue.' });
    const words = wordsOf(cardOf(recordIn(state, { releases: [release] })));
    expect(words.includes('Open connections stay on pods of blue.')).toBe(said);
    const older = releaseWith({ ...release, id: 'older', number: 1 });
    const both = recordIn(state, { releases: [releaseWith({ status }), older] });
    expect(wordsOf(releaseCard(both, older))).not.toContain('stay on pods');
  });

  test('encodes versions in links and shows no address with credentials', () => {
    const record = recordIn('staged');
    const release = releaseWith({ version: 'release/1.0@sha256:ab' });
    const settings = settingsWith({
      colors: { blue: { url: 'http://b.example' }, green: { url: 'http://user:hunter2@g.example' } },
    });
    const words = JSON.stringify(releaseCard({ ...record, releases: [release] }, release, settings));
    expect(words).toContain('<https://git.example/release%2F1.0%40sha256%3Aab|');
    expect(words).not.toContain('hunter2');
    expect(words).toContain('<http://g.example/|green ↗>');
  });

  test('says approvals and a lock', () => {
    const request = requestWith({ approvals: [{ actor: bob, at }] });
    const waiting = cardOf(recordIn('staged', { request }));
    expect(waiting.text).toBe('⏳ checkout v1.42.0 needs 1 more approval (#17 staged)');
    expect(wordsOf(waiting)).toMatch(
      /<@U0ANN> asked .*the request ends .*Approved by <@U0BOB>\. Approve moves all traffic to 🟢 green `v1\.42\.0`\./u,
    );
    const lock = { holder: ann, reason: 'load *test*', since: at, until: null, remindAt: null };
    const locked = wordsOf(cardOf(recordIn('idle', { lock })));
    expect(locked).toMatch(/🔒 Locked by <@U0ANN> since .*, until somebody unlocks it: load ∗test∗/u);
  });

  test('that waits for approval counts what is missing', () => {
    expect(cardOf(recordIn('staged', { request: requestWith({ needed: 1 }) })).text).toBe(
      '⏳ checkout v1.42.0 needs 1 approval (#17 staged)',
    );
  });

  test('of a release that fails its checks says so, and where Revert goes', () => {
    const card = cardOf(baking({ verdict: 'unhealthy', cause: 'GET /healthz answered 503' }));
    expect(card.text).toBe(
      '🚨 checkout v1.42.0 is failing on 🟢 green: GET /healthz answered 503 (#17 baking)',
    );
    const words = wordsOf(card);
    expect(words).toContain(
      'GET /healthz answered 503. Users affected: not known to the checks; see your alerts. Nothing happens by itself.',
    );
    expect(words).toContain('Revert goes back to 🔵 blue `v1.41.3` (healthy)');
    expect(words.match(/answered 503/g)).toHaveLength(1);
    expect(buttonsOf(card)[0]).toMatchObject({ style: 'danger', text: { text: 'Revert to blue v1.41.3' } });
  });

  test('of which a revert was refused says so, and why', () => {
    const unreverted = { id: 'op', color: 'blue', version: 'v1.41.3', cause: 'no answer', epoch: 4 } as const;
    const sick = baking({ verdict: 'unhealthy', cause: 'answered 503' });
    const refused = (code: string, awaits: ServiceRecord['awaits'] = null): string =>
      wordsOf(cardOf({ ...sick, awaits, unreverted: { ...unreverted, code } }));
    expect(refused('router-unreachable', { at, silent: true })).toContain(
      '❌ Not reverted yet: the router did not answer. It is asked until it does.',
    );
    expect(refused('router-unreachable')).toContain('the router did not answer. It answers now.');
    expect(refused('unhealthy')).toContain('❌ Not reverted yet: blue did not answer well.');
    expect(refused('router-not-ready')).toContain('❌ Not reverted yet: the router could not serve blue.');
    const broken = { ...unreverted, code: 'router-not-ready', repair: 'correct shop.conf' };
    expect(wordsOf(cardOf({ ...sick, unreverted: broken }))).toContain(
      '❌ Not reverted yet: the router takes no change until it is repaired.',
    );
    expect(wordsOf(cardOf(sick))).not.toContain('Not reverted');
  });

  test('with both colors failing says so first, and advises no revert', () => {
    const both = {
      verdict: 'unhealthy',
      cause: 'answered 503',
      wayBack: 'dead',
      wayBackCause: 'refused',
    } as const;
    const card = cardOf(baking(both));
    expect(card.text).toBe(
      '🚨 checkout v1.42.0 is failing on 🟢 green, and 🔵 blue v1.41.3 is down too: answered 503 · refused (#17 baking)',
    );
    const words = wordsOf(card);
    expect(words).toContain('green: answered 503 · blue: refused');
    expect(words).toContain(
      'If nothing that both share is broken, start 🔵 blue `v1.41.3` again, then press Revert; or fix green. Until blue answers, Revert is refused unless forced.',
    );
    expect(words).not.toContain('Revert goes back');
    expect(idsOf(card)).toEqual(['release.revert']);
    expect(buttonsOf(card)[0]).not.toHaveProperty('style');
    expect(confirmOf(card, 'release.revert').text).toMatch(
      /^blue does not answer well: refused\. This will be refused/,
    );
  });

  test('says nothing about a revert while one is under way', () => {
    const evidence = {
      now: 'helps',
      steady: 'unknown',
      at,
      pairs: 16,
      liveFailed: 12,
      backFailed: 0,
    } as const;
    const sick = baking({});
    const known = { ...sick, evidence: { ...evidence, epoch: sick.epoch } };
    expect(wordsOf(cardOf(known))).toContain('Reverting will very likely help.');
    const { op } = recordIn('promoting');
    const reverting: ServiceRecord = {
      ...known,
      state: 'reverting',
      op: op && { ...op, kind: 'revert', target: 'blue', was: 'baking', step: 'switch' },
    };
    expect(wordsOf(cardOf(reverting))).not.toContain('Reverting');
  });

  test('says what a bake without a measured number waits for, and who can end it', () => {
    const words = wordsOf(cardOf(baking({ unmeasured: { cause: 'errors: no data', told: false } })));
    expect(words).toContain(
      'It is not measured now. Errors: no data. It is settled when there is a good number again; or an approver ends the bake: `/release settle checkout`.',
    );
    expect(words).toContain('Revert goes back to');
    const swings = baking({ unsettled: 'errors: it goes above and below 0.05' });
    expect(wordsOf(cardOf(swings))).toContain(
      'It is not settled. Errors: it goes above and below 0.05. It is',
    );
  });

  test('warns in its heading of a way back that is dead while the release bakes well', () => {
    const card = cardOf(baking({ wayBack: 'dead', wayBackCause: 'refused' }));
    expect(card.text).toBe(
      '⚠️ checkout v1.42.0 is live on 🟢 green, but 🔵 blue v1.41.3 is down: refused (#17 baking)',
    );
    const words = wordsOf(card);
    expect(words).toContain('Traffic is on 🟢 green, which is healthy and watched until');
    expect(words).toContain(
      'Start 🔵 blue `v1.41.3` again. Until it answers, Revert is refused unless forced. blue: refused.',
    );
    expect(words).not.toContain('Revert goes back');
    expect(buttonsOf(card)[0]).not.toHaveProperty('style');
  });

  test('of a healthy bake shows no tick of done, and until when it is watched', () => {
    expect(cardOf(recordIn('baking')).text).toBe(
      '👀 checkout v1.42.0 is live on 🟢 green, watched until 10:10 UTC (#17 baking)',
    );
  });

  test('says a code once when its cause is no more than that', () => {
    const release = releaseWith({ status: 'dropped', code: 'cancelled', cause: 'cancelled' });
    const card = cardOf(recordIn('idle', { releases: [release] }));
    expect(wordsOf(card).match(/cancelled/g)).toHaveLength(1);
    expect(card.text).toBe('▫️ checkout v1.42.0 was dropped; 🟢 green v1.42.0 stays live (#17 dropped)');
  });

  test('of what was reverted says what is live again and why, and offers Unlock for the lock of Switchback', () => {
    const { colors } = recordIn('idle');
    const release = releaseWith({
      status: 'reverted',
      cause: 'answered 503',
      promotedAt: at,
      revertedBy: bob,
    });
    const system = { kind: 'system', rule: 'lock-after-revert' } as const;
    const reverted = recordIn('idle', {
      live: 'blue',
      colors: { blue: { ...colors.blue, role: 'live' }, green: { ...colors.green, role: 'reverted' } },
      releases: [release],
      lock: { holder: system, reason: 'reverted: answered 503', since: at, until: null, remindAt: null },
    });
    const card = cardOf(reverted);
    expect(card.text).toBe(
      '↩️ checkout is back on 🔵 blue v1.41.3 (v1.42.0 was taken back): answered 503 (#17 reverted)',
    );
    const words = wordsOf(card);
    expect(words).toContain('Why: answered 503.');
    expect(words).toContain(
      'no release of checkout until an operator unlocks it; unlocking can wait until morning.',
    );
    expect(words.match(/answered 503/g)).toHaveLength(1);
    expect(idsOf(card)).toEqual(['lock.unlock']);
    const forced = cardOf({ ...reverted, releases: [{ ...release, forced: true, revertMs: 18 }] });
    expect(forced.text).toMatch(/^⚠️ checkout was forced back to 🔵 blue v1\.41\.3, not verified: /u);
    expect(wordsOf(forced)).toContain('switched back in 18 ms, not verified: forced');
    expect(wordsOf(forced)).toContain(
      'Look at 🔵 blue `v1.41.3` and at your alerts now: nobody has checked whether it answers.\\nReason of <@U0BOB>: “answered 503”',
    );
    expect(wordsOf(forced)).not.toContain('until morning');
    const own = { ...reverted, lock: reverted.lock && { ...reverted.lock, holder: ann } };
    expect(idsOf(cardOf(own))).toEqual([]);
    const changed = {
      ...reverted,
      lock: reverted.lock && { ...reverted.lock, reason: 'the cart loses items' },
    };
    expect(wordsOf(cardOf(changed))).toContain('the cart loses items.');
  });

  test('names the stuck operation, and says that nobody knows where traffic is', () => {
    const release = releaseWith({
      status: 'stuck',
      code: 'verify-failed',
      cause: 'the router does not answer',
    });
    const card = cardOf(recordIn('stuck', { releases: [release] }));
    expect(card.text).toMatch(
      /^🚨 checkout: promotion of v1\.42\.0 is stuck; traffic may be on 🔵 blue v1\.41\.3 or 🟢 green v1\.42\.0: the router does not answer/,
    );
    expect(wordsOf(card)).toContain(
      'Press Revert if alerts fire, else Retry. When a silent router answers, a message here says so.',
    );
    expect(wordsOf(cardOf(recordIn('stuck', { releases: [release], awaits: null })))).toContain(
      'The router answers now: press Revert if alerts fire, else Retry. Adopt keeps what the router does.',
    );
    const silent = { ...release, code: 'router-unreachable' as const };
    expect(wordsOf(cardOf(recordIn('stuck', { releases: [silent], awaits: null })))).not.toContain(
      'does not answer',
    );
    expect(buttonsOf(card).map((each) => (each['text'] as { text: string }).text)).toEqual([
      'Retry the promotion of v1.42.0',
      'Revert to blue v1.41.3',
      'Adopt (admin)',
    ]);
  });

  test('of a promote that is under way says what Revert does to its traffic', () => {
    const { op } = recordIn('promoting');
    if (op === null) throw new Error('nothing is under way');
    const { intentAt: _none, ...checking } = op;
    expect(wordsOf(cardOf(recordIn('promoting', { op: checking as typeof op })))).toContain(
      'Revert stops it and keeps traffic on 🔵 blue `v1.41.3`.',
    );
    expect(wordsOf(cardOf(recordIn('promoting', { op: { ...op, intentAt: at } })))).toContain(
      'Revert stops it and moves traffic back to 🔵 blue `v1.41.3`.',
    );
  });

  test('names who approved', () => {
    const release = releaseWith({ approvedBy: [bob], promotedBy: ann, promotedAt: at });
    expect(wordsOf(cardOf(recordIn('baking', { releases: [release] })))).toContain(
      'approved by <@U0BOB> · promoted by <@U0ANN>',
    );
  });

  test('names the code literally when the release failed', () => {
    const release = releaseWith({
      status: 'failed',
      code: 'version-mismatch',
      cause: 'reports v1, wanted v2',
    });
    const card = cardOf(recordIn('idle', { releases: [release] }));
    expect(wordsOf(card)).toContain('`version-mismatch`');
    expect(wordsOf(card)).toContain(
      'Reports v1, wanted v2. Traffic was not touched: it is on 🟢 green `v1.42.0`.',
    );
    expect(wordsOf(card)).toContain('`/release stage checkout v1.42.0`');
    expect(card.text).toBe(
      '❌ checkout v1.42.0 could not be staged on 🟢 green: reports v1, wanted v2 (#17 failed)',
    );
  });

  test.each(['unknown', 'mixed'])('of a router that says %s does not say that it was moved', (saw) => {
    const card = cardOf(recordIn('idle', { drift: { saw, at } }));
    expect(wordsOf(card)).toContain('The router does not name one color, seen ');
    expect(wordsOf(card)).not.toContain('moved outside');
  });

  test('that a router contradicts says where traffic is in its first words, with buttons', () => {
    const card = cardOf(recordIn('idle', { drift: { saw: 'blue', at } }));
    expect(card.text).toBe(
      '🚨 checkout: traffic is on 🔵 blue v1.41.3, expected 🟢 green v1.42.0 (#17 live)',
    );
    expect(wordsOf(card)).toContain('The router was moved outside Switchback, seen ');
    expect(idsOf(card)).toEqual(['release.retry', 'release.adopt', 'release.revert']);
    expect(buttonsOf(card).map((each) => (each['text'] as { text: string }).text)).toEqual([
      'Put back to green v1.42.0',
      'Keep blue (admin)',
      'Revert to blue v1.41.3',
    ]);
    const moving = recordIn('promoting', { drift: { saw: 'green', at } });
    expect(idsOf(cardOf(moving))).toEqual(['release.revert']);
  });

  test('that failed for drift names that code once while the drift lasts', () => {
    const cause = 'the router points to blue, the record says green';
    const release = releaseWith({ status: 'failed', code: 'router-drift', cause });
    const card = cardOf(recordIn('idle', { releases: [release], drift: { saw: 'blue', at } }));
    expect(wordsOf(card).match(/`router-drift`/g)).toHaveLength(1);
    expect(wordsOf(cardOf(recordIn('idle', { releases: [release] })))).toContain(
      'The router points to blue, the record says green.',
    );
  });

  test.each<[string, string, string[]]>([
    ['mixed', 'some traffic is on 🔵 blue v1.41.3, expected all on 🟢 green v1.42.0', ['release.adopt']],
    ['unknown', 'nobody knows where traffic goes, expected 🟢 green v1.42.0', []],
  ])('says what a router that answers "%s" means', (saw, words, adopt) => {
    const card = cardOf(recordIn('idle', { drift: { saw, at } }));
    expect(card.text).toContain(words);
    expect(idsOf(card)).toEqual(['release.retry', ...adopt, 'release.revert']);
  });

  test('claims in no state where traffic is, while the router is known to say something else', () => {
    for (const state of states) {
      const card = cardOf(recordIn(state, { drift: { saw: 'green', at } }));
      const words = wordsOf(card);
      expect(words).not.toMatch(
        /is live on|[Tt]raffic stays|Traffic is on|Traffic was not touched|moves (blue|green) → (blue|green), back to/,
      );
      expect(words).toMatch(state === 'stuck' ? /traffic may be on/ : /traffic is on .*, expected/);
      expectSendable(card);
    }
  });

  test('says so too by an answer of the router that no look has compared with the record yet', () => {
    const record = recordIn('staged');
    const card = releaseCard(record, record.releases[0] ?? releaseWith(), settingsWith(), 'green');
    expect(confirmOf(card, 'release.promote').text).toBe(
      'The router says green now, not what the record says. The promote is refused until they agree.',
    );
    expect(card.text).toContain('traffic is on 🟢 green v1.42.0, expected 🔵 blue v1.41.3');
  });

  test('of a failed stage says that traffic was not touched only while nothing was switched on it', () => {
    const release = releaseWith({ status: 'failed', code: 'unhealthy' });
    expect(wordsOf(cardOf(recordIn('idle', { releases: [release] })))).toContain('Traffic was not touched');
    const steps = [{ name: 'switch back', status: 'done' as const, at }];
    const words = wordsOf(cardOf(recordIn('idle', { releases: [{ ...release, steps }] })));
    expect(words).not.toContain('not touched');
  });

  test('with the longest names still says the cause on a lock screen', () => {
    const version = `v${'1'.repeat(127)}`;
    const release = releaseWith({ status: 'failed', version, code: 'unhealthy', cause: 'answered 503' });
    const { text } = cardOf(recordIn('idle', { service: 's'.repeat(63), releases: [release] }));
    expect(text).toMatch(/^❌ s{63} v1+… could not be staged on 🟢 green: answered 503 \(#17 failed\)$/u);
  });

  test('has what to do and the buttons before who did what', () => {
    const ids = cardOf(recordIn('stuck')).blocks.map((block) => String(block['block_id']).split(':').at(-1));
    expect(ids).toEqual(['title', 'body', 'buttons', 'people']);
  });

  test.each<[string, ServiceRecord]>([
    ...states.map((state): [string, ServiceRecord] => [state, recordIn(state)]),
    ['waiting', recordIn('staged', { request: requestWith() })],
    ['drift', recordIn('idle', { drift: { saw: 'blue', at } })],
  ])('in %s is read in a few seconds', (_, record) => {
    const { blocks } = cardOf(record);
    const read = blocks
      .filter(({ type }) => type === 'section')
      .map((block) => JSON.stringify(block['text']));
    expect(read.join(' ').split(/\s+/).length).toBeLessThanOrEqual(45);
  });

  test('has other block ids after every save, each once', () => {
    const ids = (revision: number): unknown[] =>
      cardOf(recordIn('staged', { revision })).blocks.map((block) => block['block_id']);
    expect(new Set([...ids(9), ...ids(10)]).size).toBe(ids(9).length * 2);
  });

  test('can be drawn without settings', () => {
    const record = recordIn('staged');
    const release = record.releases[0];
    if (!release) throw new Error('no release');
    const card = releaseCard(record, release);
    expectSendable(card);
    expect(wordsOf(card)).not.toContain('http');
  });

  const hostile = fc.oneof(
    fc.constantFrom('<!channel> <@U0EVE> <https://evil.example|x> `*_~', '&'.repeat(300), '😀'.repeat(150)),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  const longVersion = fc.constantFrom(`v${'1'.repeat(127)}`, `1._2_.~3${'x'.repeat(60)}`, 'v2');

  test("of the longest and worst contents is within Slack's limits and mentions only actors", () => {
    const longest = 's'.repeat(63);
    const many = Array.from({ length: 20 }, (_, i) => ({ actor: { ...ann, user: `U0APPROVER${i}` }, at }));
    fc.assert(
      fc.property(
        fc.constantFrom(...states),
        hostile,
        longVersion,
        fc.boolean(),
        (state, text, version, open) => {
          const before = recordIn(state);
          const step = (name: string) => ({ name, status: 'failed' as const, detail: text, at });
          const release = releaseWith({
            status: before.releases[0]?.status ?? 'staged',
            version,
            from: version,
            code: 'version-mismatch',
            cause: text.repeat(4),
            probe: text.repeat(4),
            stays: text.repeat(4),
            promotedBy: bob,
            promotedAt: at,
            revertedBy: bob,
            revertedAt: at,
            switchMs: 1,
            steps: Array.from({ length: 60 }, (_, i) => step(`step ${i} ${text}`)),
          });
          const color = (of: 'blue' | 'green') => ({ ...before.colors[of], version });
          const record: ServiceRecord = {
            ...before,
            service: longest,
            releases: [release],
            colors: { blue: color('blue'), green: color('green') },
            request: requestWith({ status: open ? 'open' : 'granted', needed: 20, approvals: many }),
            lock: { holder: ann, reason: text, since: at, until: at, remindAt: null },
            drift: { saw: text, at },
            follow: { instances: Array.from({ length: 50 }, () => text), at },
            persist: { cause: text.repeat(9), at },
            bake: before.bake && {
              ...before.bake,
              verdict: 'unhealthy',
              cause: text,
              wayBack: 'dead',
              wayBackCause: text,
            },
          };
          const settings = settingsWith({
            links: {
              version: `https://git.example/${'p'.repeat(400)}/{version}`,
              compare: `https://git.example/${'p'.repeat(400)}/{from}...{to}`,
            },
          });
          const card = releaseCard(record, release, settings);
          expectSendable(card);
          expect(card.text.length).toBeLessThanOrEqual(180);
          const told = mentionsOf({ text: card.text, blocks: card.blocks as JsonObject[] });
          const known = new Set(['U0ANN', 'U0BOB', ...many.map((each) => each.actor.user)]);
          for (const id of JSON.stringify(told).match(/[UWS]0[A-Z0-9]+/g) ?? []) expect(known).toContain(id);
          expect(new Set(told.map((each) => each.kind))).toEqual(new Set(['user']));
          expect(controlsOf(card.blocks as JsonObject[]).length).toBe(buttonsOf(card).length);
        },
      ),
      { numRuns: 150 },
    );
  });
});

test('a card says in a few words what cannot be known of the service', () => {
  const record = recordIn('baking');
  const [newest] = record.releases;
  if (!newest) throw new Error('no release');
  const router = { kind: 'haproxy', mapFile: '/etc/live.map' };
  const bare = releaseCard(record, newest, settingsWith({ router: { kind: 'haproxy' } }));
  expect(wordsOf(bare)).toContain(
    'Not fully checked: not probed · a reload goes back to blue or green, as the map file says · version not checked',
  );
  const whole = { router, probe: {}, health: [{ kind: 'http', versionPath: 'version' }] };
  expect(wordsOf(releaseCard(record, newest, settingsWith(whole)))).not.toContain('Not fully checked');
});

test('a card warns of a reload only once the map file could not be written', () => {
  const persist = { cause: 'not written yet', at: 1, untold: true };
  expect(wordsOf(cardOf({ ...recordIn('idle'), persist }))).not.toContain('a reload would');
  expect(wordsOf(cardOf({ ...recordIn('idle'), persist: { cause: 'read-only', at: 1 } }))).toContain(
    '❌ Router: a reload would go back',
  );
});
