import { describe, expect, it } from 'vitest';
import { labelled } from '../../packages/playground/src/page/public/marks.js';

const room = { from: 32, to: 532 };
const lines = (...xs: number[]) => xs.map((x) => ({ x, width: 50 }));
const shown = (...xs: number[]) => labelled(lines(...xs), room).map(({ x }) => x);

describe('the labels of the switches on the chart', () => {
  it('stand at all lines that are far enough from one another', () => {
    expect(shown(40, 100, 300)).toEqual([300, 100, 40]);
  });

  it('are left out where a newer line is nearer than 60 pixels, also of a canvas with more of them', () => {
    expect(shown(40, 90, 149)).toEqual([149, 40]);
    expect(labelled(lines(40, 149), room, 2).map(({ x }) => x)).toEqual([149]);
  });

  it('stand left of a line at the right edge, and cover no other', () => {
    expect(labelled(lines(100, 530), room)).toEqual([
      { x: 530, width: 50, left: 480 },
      { x: 100, width: 50, left: 100 },
    ]);
    expect(shown(440, 530)).toEqual([530]);
  });
});
