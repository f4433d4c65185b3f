import { expect, it } from 'vitest';
import { revertEnded } from '../../src/cli/outcome.ts';
import { line, plain } from '../../src/release/line.ts';
import { ann, at, recordIn } from '../slack/cards/record.ts';

it('a revert that no force helps ends with what to repair', () => {
  const unreverted = {
    id: 'op',
    color: 'blue',
    version: 'v1.41.3',
    code: 'router-not-ready',
    cause: 'its file is broken',
    epoch: 4,
  } as const;
  const history = [
    {
      at,
      actor: ann,
      what: 'refused',
      code: 'router-not-ready',
      text: line`revert of checkout: its file is broken`,
    },
  ] as const;
  const ended = (more: object) =>
    revertEnded('revert', recordIn('baking', { unreverted: { ...unreverted, ...more } }), at, history);
  expect(ended({})).toMatchObject({ code: 2, error: 'router-not-ready' });
  expect(plain(ended({}).text)).toBe('revert of checkout: its file is broken');
  expect(plain(ended({ repair: 'correct shop.conf' }).text)).toBe(
    'revert of checkout: its file is broken. Correct shop.conf. --force does not help before that.',
  );
});
