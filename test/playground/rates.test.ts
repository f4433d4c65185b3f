import { describe, expect, it } from 'vitest';
import { ratesOf } from '../../packages/playground/src/rates.ts';

const everyMs = 50;
/** Requests of three seconds, each ended by `by(ms since the start)`. */
const requests = (by: (at: number) => string | undefined, stepMs = everyMs) =>
  Array.from({ length: 3_000 / stepMs }, (_, i) => ({ at: i * stepMs, by: by(i * stepMs) }));

describe('the rates of traffic', () => {
  it.each([50, 51, 53])('are steady when a request comes every %i ms, whenever one looks', (stepMs) => {
    const ended = requests(() => 'blue v1', stepMs);
    for (let now = 2_000; now < 2_900; now += 7) {
      const [only] = ratesOf(
        ended.filter(({ at }) => at <= now),
        now,
        1_000,
        0,
      ).answered;
      expect(only).toEqual({
        color: 'blue',
        version: 'v1',
        perSecond: expect.closeTo(1_000 / stepMs, 5) as number,
      });
    }
  });

  it('are shared by who answered, largest first, and by errors', () => {
    const ended = requests((at) => (at < 2_200 ? 'blue v1' : at < 2_800 ? 'green v2' : undefined));
    expect(ratesOf(ended, 2_950, 1_000, 0)).toEqual({
      answered: [
        { color: 'green', version: 'v2', perSecond: 12 },
        { color: 'blue', version: 'v1', perSecond: 4 },
      ],
      errorsPerSecond: 4,
    });
  });

  it('are empty when nothing ended, and not more than there was when it has just begun', () => {
    expect(ratesOf([], 500, 1_000, 0)).toEqual({ answered: [], errorsPerSecond: 0 });
    expect(ratesOf([{ at: 50, by: 'blue v1' }], 60, 1_000, 0).answered[0]?.perSecond).toBe(2);
  });
});
