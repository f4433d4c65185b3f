import { describe, expect, test } from 'vitest';
import type { AlertGroup } from '../../src/release/alerts/alert.ts';
import { emptyGroup } from '../../src/release/alerts/merge.ts';
import { digestCard } from '../../src/slack/cards/digest-card.ts';

function group(title: string, more: Partial<AlertGroup> = {}): AlertGroup {
  const empty = emptyGroup({ id: title, source: 'prom', group: '{}', service: 'checkout', channel: 'C1' });
  return { ...empty, status: 'firing', severity: 'warning', titles: [title], since: 1, times: 1, ...more };
}

const words = (card: ReturnType<typeof digestCard>): string => JSON.stringify(card.blocks);

describe('the digest of a storm', () => {
  test('says on a lock screen how many fire, and names the first that is critical', () => {
    const groups = [group('Down', { severity: 'critical', service: 'billing' }), group('Slow')];
    const { text } = digestCard({ groups, count: 190, firing: 180, critical: 3 }, '1');
    expect(text).toBe('🌩️ Many alerts at once: 190 more groups, 180 firing (3 critical) · 🚨 Down · billing');
  });

  test('names nobody there when none is critical, or the critical one has resolved', () => {
    const groups = [group('Slow'), group('Down', { severity: 'critical', status: 'resolved' })];
    const { text } = digestCard({ groups, count: 2, firing: 1, critical: 0 }, '1');
    expect(text).toBe('🌩️ Many alerts at once: 2 more groups, 1 firing');
  });

  test('counts what the store counts, and lists as the store orders', () => {
    const groups = Array.from({ length: 90 }, (_, i) => group(`T${i}`));
    const card = digestCard({ groups, count: 4_000, firing: 3_000, critical: 0 }, '1');
    expect(words(card)).toContain('*Many alerts at once: 4000 more groups*, 3000 firing, 1000 resolved.');
    expect(words(card)).toContain('… and 3970 more.');
    const at = Array.from({ length: 30 }, (_, i) => words(card).indexOf(`T${i} `));
    expect(at.every((place) => place > 0)).toBe(true);
    expect(at).toEqual(at.toSorted((one, two) => one - two));
  });

  test('that all its groups have left says so', () => {
    const card = digestCard({ groups: [], count: 0, firing: 0, critical: 0 }, '1');
    expect(words(card)).toContain('now have their own messages');
  });
});
