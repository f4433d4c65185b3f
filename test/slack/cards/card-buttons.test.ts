import { describe, expect, test } from 'vitest';
import { controlsOf } from '../../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../../packages/slack-double/src/index.ts';
import type { ServiceRecord } from '../../../src/release/release.ts';
import type { Settings } from '../../../src/release/settings.ts';
import { releaseCard } from '../../../src/slack/cards/release-card.ts';
import { at, bob, recordIn, requestWith, settingsWith } from './record.ts';

/** The dialog of a button on the newest release's card. */
function confirmOf(record: ServiceRecord, id: string, settings: Settings = settingsWith()) {
  const newest = record.releases[0];
  if (!newest) throw new Error('no release');
  const { blocks } = releaseCard(record, newest, settings);
  const found = controlsOf(blocks as JsonObject[]).find((each) => each.actionId === id)?.confirm;
  if (!found) throw new Error(`${id} has no dialog`);
  return found;
}

describe('the dialog before', () => {
  test('a promote says where traffic goes, and what stays the way back', () => {
    expect(confirmOf(recordIn('staged'), 'release.promote')).toEqual({
      title: 'Promote checkout #17?',
      text: '100 % of traffic moves blue → green, from v1.41.3 to v1.42.0. blue stays the version to go back to.',
      confirm: 'Promote to 100 %',
      deny: 'Not now',
      style: 'primary',
    });
  });

  test('a promote that needs approvals says that it only asks for them', () => {
    const settings = settingsWith({ promotion: { approvals: 2 } });
    const { text, confirm } = confirmOf(recordIn('staged'), 'release.promote', settings);
    expect(text).toMatch(/^Asks for 2 approvals first\. Then: 100 % of traffic moves blue → green/);
    expect(confirm).toBe('Ask for approval');
    const granted = recordIn('staged', { request: requestWith({ status: 'granted' }) });
    expect(confirmOf(granted, 'release.promote', settings).text).toMatch(/^100 % of traffic moves/);
  });

  test('an approval says whether it is the last one needed', () => {
    const open = recordIn('staged', { request: requestWith() });
    expect(confirmOf(open, 'release.approve').text).toMatch(/^After 1 more approval: 100 % of traffic moves/);
    const request = requestWith({ approvals: [{ actor: bob, at }] });
    const last = recordIn('staged', { request });
    expect(confirmOf(last, 'release.approve').text).toMatch(/^100 % of traffic moves blue → green/);
  });

  test('a revert says where it goes back to, that it locks, and when that color does not answer', () => {
    const { text, style, confirm } = confirmOf(recordIn('baking'), 'release.revert');
    expect(text).toBe(
      '100 % of traffic moves green → blue, back to v1.41.3. The service is locked afterwards.',
    );
    expect({ style, confirm }).toEqual({ style: 'danger', confirm: 'Revert to blue' });
    const unlocking = settingsWith({ revert: { lockAfterRevert: false } });
    expect(confirmOf(recordIn('idle'), 'release.revert', unlocking).text).toBe(
      '100 % of traffic moves green → blue, back to v1.41.3.',
    );
    const { bake } = recordIn('baking');
    const dead = recordIn('baking', { bake: bake && { ...bake, wayBack: 'dead', wayBackCause: 'refused' } });
    expect(confirmOf(dead, 'release.revert').text).toMatch(
      /^blue does not answer well: refused\. This will be refused/,
    );
  });

  test('a revert of what fails on both colors is whole, and says first that it will not help', () => {
    const { bake, epoch } = recordIn('baking');
    const wayBackCause = 'GET /healthz answered 500, wanted 200: {"color":"blue"}';
    const record = recordIn('baking', {
      bake: bake && { ...bake, verdict: 'unhealthy', wayBack: 'dead', wayBackCause },
      evidence: {
        epoch,
        now: 'does-not-help',
        steady: 'unknown',
        at,
        pairs: 120,
        liveFailed: 105,
        backFailed: 105,
      },
    });
    expect(confirmOf(record, 'release.revert').text).toBe(
      'Both colors fail alike: green 105 of 120, blue 105 of 120. Reverting will not help: look at what they share. It will be refused unless blue answers when you press; Force… moves traffic anyway. 100 % of traffic moves green → blue, back to v1.41.3. The service is locked afterwards.',
    );
  });

  test('any of them is whole with the longest versions', () => {
    const version = `v${'1'.repeat(127)}`;
    const { colors } = recordIn('staged');
    const record = recordIn('staged', {
      service: 's'.repeat(63),
      colors: { blue: { ...colors.blue, version }, green: { ...colors.green, version } },
      releases: recordIn('staged').releases.map((each) => ({ ...each, version })),
    });
    const settings = settingsWith({ promotion: { approvals: 20 } });
    expect(confirmOf(record, 'release.promote', settings).text).toMatch(
      /blue stays the version to go back to\.$/,
    );
    expect(confirmOf({ ...record, request: requestWith({ needed: 20 }) }, 'release.approve').text).toMatch(
      /blue stays the version to go back to\.$/,
    );
  });
});
