import { describe, expect, test } from 'vitest';
import { alertCards } from '../../src/release/alerts/port.ts';
import type { Notice } from '../../src/release/store.ts';
import { nextNotices } from '../../src/slack/next-notices.ts';
import { ranks } from '../../src/slack/send-ranks.ts';

let count = 0;
function noticeWith(change: Partial<Notice> = {}): Notice {
  count += 1;
  return {
    id: `n${count}`,
    service: 'checkout',
    release: 'r-17',
    kind: 'event',
    text: [`said ${count}`],
    at: count,
    ...change,
  };
}
const ofAlert = (release: string, kind: Notice['kind'] = 'event'): Notice =>
  noticeWith({ service: alertCards, release, kind });
const next = (...waiting: Notice[]): Notice[] => nextNotices(waiting)?.batch ?? [];

describe('the next message', () => {
  test('is nothing when nothing waits', () => {
    expect(nextNotices([])).toBeUndefined();
  });

  test('is progress of one release together, up to what is something else', () => {
    const a = noticeWith({ kind: 'progress' });
    const b = noticeWith({ kind: 'progress' });
    expect(next(a, b, noticeWith({ kind: 'progress', release: 'r-18' }))).toEqual([a, b]);
    expect(next(a, b, noticeWith())).toEqual([a, b]);
    expect(next(noticeWith(), a)).toHaveLength(1);
  });

  test('contains, for a revert that waits, no notices of older releases of its service', () => {
    const older = Array.from({ length: 10 }, (_, i) => noticeWith({ release: `r-${i}` }));
    const live = noticeWith({ text: ['is live'] });
    const reverted = noticeWith({ kind: 'broadcast', of: 'revert' });
    expect(next(...older, live, reverted)).toEqual([live]);
    expect(next(...older, reverted)).toEqual([reverted]);
    expect(nextNotices(older)?.rank).toBe(ranks.rest);
  });

  test('is what a broadcast follows within its release, before the notices of others', () => {
    const other = noticeWith({ service: 'search' });
    const before = noticeWith();
    const urgent = noticeWith({ kind: 'broadcast' });
    expect(next(other, before, urgent)).toEqual([before]);
    expect(next(other, urgent)).toEqual([urgent]);
  });

  test('is what became of a revert, then approvals, then alerts, then what happened, and progress last', () => {
    const progress = noticeWith({ service: 'a', kind: 'progress' });
    const happened = noticeWith({ service: 'b' });
    const alert = ofAlert('one', 'broadcast');
    const approval = noticeWith({ service: 'c', of: 'approval' });
    const reverted = noticeWith({ service: 'd', kind: 'broadcast', of: 'revert' });
    const waiting = [progress, happened, alert, approval, reverted];
    const sent: Notice[] = [];
    while (waiting.length > 0) {
      const [first] = next(...waiting);
      if (first === undefined) break;
      sent.push(first);
      waiting.splice(waiting.indexOf(first), 1);
    }
    expect(sent).toEqual([reverted, approval, alert, happened, progress]);
  });

  test('is, for a revert that was refused, the answer to its person', () => {
    const asked = noticeWith({ service: 'a', kind: 'broadcast' });
    const refused = noticeWith({ service: 'b', kind: 'private', to: 'U0ANN', of: 'revert' });
    expect(next(asked, refused)).toEqual([refused]);
  });

  test('is the urgent notice of one group of alerts, before earlier notices of others', () => {
    const first = ofAlert('one', 'progress');
    const own = ofAlert('two', 'progress');
    const urgent = ofAlert('two', 'broadcast');
    expect(next(first, own, urgent)).toEqual([own]);
    expect(next(first, urgent)).toEqual([urgent]);
  });

  test('of one group of alerts is put together, with notices of other groups in between', () => {
    const [a, b] = [ofAlert('one', 'progress'), ofAlert('one', 'progress')];
    expect(next(a, ofAlert('two', 'progress'), b)).toEqual([a, b]);
  });
});
