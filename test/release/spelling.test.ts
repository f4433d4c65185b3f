import { describe, expect, it } from 'vitest';
import { otherSpelling } from '../../src/release/spelling.ts';

const id = '9f3c1ab07e5d4c2b1a0f9e8d7c6b5a4938271605';

describe('another spelling of a version', () => {
  it.each([
    ['9f3c1ab', id, 'a longer spelling of the same id'],
    [id, '9f3c1ab', 'a shorter spelling of the same id'],
    ['9F3C1AB', id, 'a longer spelling of the same id'],
    ['sha-9f3c1ab', id, 'a longer spelling of the same id'],
    ['9f3c1ab', 'g9f3c1ab', 'another spelling of the same id'],
    ['v1.2.3', '1.2.3', 'the same without the v'],
    ['1.2.3', 'V1.2.3', 'the same with a v before it'],
    ['1.2.3-RC1', '1.2.3-rc1', 'the same in another letter case'],
    ['1.2.3', '1.2.3+45', 'the same with what follows the +'],
    ['v1.2.3+45', '1.2.3', 'the same without what follows the +'],
  ])('%s is reported as %s: %s', (wanted, reported, words) => {
    expect(otherSpelling(wanted, reported)).toBe(words);
  });

  it.each([
    ['1.2.3', '1.2.3'],
    ['1.2.3', '1.2.4'],
    ['1.2.3', '1.2.3-rc1'],
    ['1.2', '1.2.0'],
    ['1.2.3+44', '1.2.3+45'],
    ['9f3c1a', id],
    ['9f3c1ac', id],
    ['20240920', '20240920123456'],
    ['1234567', '12345678'],
    ['verdi', 'erdi'],
    ['', id],
    ['build+1', 'build'],
  ])('is not what %s is to %s', (wanted, reported) => {
    expect(otherSpelling(wanted, reported)).toBeUndefined();
    expect(otherSpelling(reported, wanted)).toBeUndefined();
  });
});
