import { expect, test } from 'vitest';
import { readQueue } from '../../src/redis/queue.ts';

const place = { id: 'p1', actor: { kind: 'cli', name: 'deploy' }, verb: 'stage', version: 'v2', at: 1 };
const entry = (json: string, until = 2_000): string => `1 1 ${until} - ${json}`;

test.each([
  ['is no JSON', '{"id":'],
  ['names nobody', JSON.stringify({ ...place, actor: undefined })],
  ['is for a verb of a newer version', JSON.stringify({ ...place, verb: 'dance' })],
])('a place that %s stands in nobody’s way', (_, json) => {
  const good = entry(JSON.stringify(place));
  expect(readQueue(['bad', entry(json), 'p1', good], 1_000)).toEqual({ queue: [place], queueLapsed: false });
});

test('a place whose time is over is not in the line, and should be taken out', () => {
  expect(readQueue(['p1', entry(JSON.stringify(place), 500)], 1_000)).toEqual({
    queue: [],
    queueLapsed: true,
  });
});
