import { describe, expect, test } from 'vitest';
import { plain } from '../../../src/release/line.ts';
import type { ServiceRecord } from '../../../src/release/release.ts';
import { nextLine } from '../../../src/slack/cards/next-line.ts';
import { ann, at, bob, recordIn, releaseWith, requestWith, settingsWith } from './record.ts';

function nextOf(record: ServiceRecord, settings = settingsWith()): string | undefined {
  const newest = record.releases[0];
  if (!newest) throw new Error('no release');
  const words = nextLine(record, newest, settings, record.drift?.saw);
  return words && plain(words);
}

const systemLock = {
  holder: { kind: 'system', rule: 'lock-after-revert' },
  reason: 'reverted',
  since: at,
  until: null,
  remindAt: null,
} as const;

describe('what is next', () => {
  test.each<[string, ServiceRecord, string | undefined]>([
    [
      'a stage goes on',
      recordIn('staging'),
      'Next: it is staged once green is healthy. Traffic stays on blue.',
    ],
    ['staged', recordIn('staged'), 'Next: Promote moves new requests from blue to green.'],
    [
      'a request is open',
      recordIn('staged', { request: requestWith({ approvals: [{ actor: bob, at }] }) }),
      'Next: 1 more approval, then it is promoted to green by itself.',
    ],
    [
      'a promote came back',
      recordIn('staged', { releases: [releaseWith({ status: 'staged', code: 'verify-failed' })] }),
      'Next: traffic stays on blue. Fix the cause, then Promote again, or Cancel.',
    ],
    [
      'it bakes well',
      recordIn('baking'),
      'Next: watched until 2026-01-05T10:10:00.000Z; if it stays healthy it is then settled. Revert is possible at any time.',
    ],
    [
      'stuck',
      recordIn('stuck'),
      'Next: Retry; if that does not help, Revert. Adopt accepts what the router says.',
    ],
    [
      'it was reverted and locked',
      recordIn('idle', { lock: systemLock }),
      'Next: find the cause, then /release unlock checkout.',
    ],
    ['a person locked it', recordIn('idle', { lock: { ...systemLock, holder: ann } }), undefined],
    [
      'the stage failed',
      recordIn('idle', { releases: [releaseWith({ status: 'failed' })] }),
      'Next: fix the cause, then /release stage checkout <version>. Traffic was not touched.',
    ],
    [
      'the router says something else',
      recordIn('idle', { drift: { saw: 'blue', at } }),
      'Next: /release retry checkout puts the router back to the record, /release adopt checkout makes the record follow the router. The notice in the thread has both as buttons.',
    ],
  ])('when %s', (_, record, words) => {
    expect(nextOf(record)).toBe(words);
  });

  test('names the approvals that a promote will ask for', () => {
    const settings = settingsWith({ promotion: { approvals: 1 } });
    expect(nextOf(recordIn('staged'), settings)).toBe(
      'Next: Promote asks for 1 approval; traffic stays on blue until then.',
    );
  });
});
