import { z } from 'zod';
import {
  type Recent,
  type Side,
  type VerdictCode,
  alarmSchema,
  heldAlarm,
  raisedAlarm,
  verdictOf,
} from './alarm.ts';
import { detector, lnMeans } from './detector.ts';
import { lnE } from './e-process.ts';
import type { Pair } from './pair.ts';

/** At most 1 % false alarms of one color in 360 blocks, which is an hour of blocks of 10 s. */
const watch = detector(540, 360, 0.01);
/** The newest blocks, two minutes of 10 s: what lasts must show in them alone. Eight of one color and none of the other. */
const recentBlocks = 12;
const lnRecent = Math.log(100);
/** An alarm ends when the newest of them no longer speak for it. */
const heldBlocks = 6;
/** A total failure of one color shows after so many blocks. */
const enoughBlocks = 9;
/** The part of a block, from its start, whose pairs count. An outage as short as the rest never counts twice. */
const countedPart = 2 / 3;

/** A closed block in one letter: whose own failures were more, and (in capitals, and `x`) whether most were shared. */
const kinds = {
  '-': { onlyLive: 0, onlyBack: 0, shared: 0, own: 0 },
  l: { onlyLive: 1, onlyBack: 0, shared: 0, own: 1 },
  b: { onlyLive: 0, onlyBack: 1, shared: 0, own: 0 },
  x: { onlyLive: 0, onlyBack: 0, shared: 1, own: 0 },
  L: { onlyLive: 1, onlyBack: 0, shared: 1, own: 0 },
  B: { onlyLive: 0, onlyBack: 1, shared: 1, own: 0 },
} as const;
type Kind = keyof typeof kinds;

const count = z.number().int().nonnegative();
const kindLetters = z.string().regex(/^[-lbxLB]*$/);

export const blocksSchema = z.looseObject({
  /** The number of the newest block, its pairs so far, and whether it is closed. */
  index: count,
  open: z.tuple([count, count, count, count]),
  closed: z.boolean(),
  /** The last closed blocks, the newest last. */
  recent: kindLetters.max(recentBlocks),
  /** What the detector counts, the newest last. */
  sides: kindLetters.max(watch.starts),
  total: count,
  live: count,
  back: count,
  ln: z.tuple([z.number(), z.number()]),
  alarm: alarmSchema,
});
/** What lasts: at most one failure of one color a block. */
export type Blocks = z.infer<typeof blocksSchema>;

export function emptyBlocks(): Blocks {
  return {
    index: 0,
    open: [0, 0, 0, 0],
    closed: false,
    recent: '',
    sides: '',
    total: 0,
    live: 0,
    back: 0,
    ln: [0, 0],
    alarm: {},
  };
}

function kindOf([, onlyLive, onlyBack, both]: Blocks['open']): Kind {
  const shared = both > 0 && both >= onlyLive;
  if (onlyLive > onlyBack) return shared ? 'L' : 'l';
  if (onlyBack > onlyLive) return shared ? 'B' : 'b';
  return shared ? 'x' : '-';
}

const read = (sides: string): (typeof kinds)[Kind][] =>
  Array.from(sides).map((letter) => kinds[letter as Kind]);

function recentOf(letters: string): Recent {
  const blocks = read(letters);
  const sum = (key: keyof Recent): number => blocks.reduce((all, one) => all + one[key], 0);
  return {
    onlyLive: sum('onlyLive'),
    onlyBack: sum('onlyBack'),
    shared: sum('shared'),
    own: sum('own'),
  };
}

/** Closes a block, or several. An alarm of one color that ends with it starts the detector again. */
function closed(blocks: Blocks, closing: string): Blocks {
  const recent = (blocks.recent + closing).slice(-recentBlocks);
  const newest = recentOf(recent.slice(-heldBlocks));
  const held = heldAlarm(blocks.alarm, newest);
  const ended = blocks.alarm.color !== undefined && held.color === undefined;
  const sides = ended ? '' : (blocks.sides + closing).slice(-watch.starts);
  const ln = lnMeans(
    watch,
    read(sides).map(({ onlyLive, onlyBack }) => [onlyLive, onlyBack]),
  );
  return { ...blocks, recent, sides, ln, alarm: raisedAlarm(held, newest, raised(ln, recentOf(recent))) };
}

/** The color that the detector and the newest blocks speak against. */
function raised(ln: Blocks['ln'], { onlyLive, onlyBack }: Recent): Side | undefined {
  if (ln[0] >= watch.lnAlarm && lnE(onlyLive, onlyBack) >= lnRecent) return 'live';
  return ln[1] >= watch.lnAlarm && lnE(onlyBack, onlyLive) >= lnRecent ? 'back' : undefined;
}

/** Closes the newest block, if it is open. */
function withNewestClosed(blocks: Blocks): Blocks {
  if (blocks.closed) return blocks;
  const kind = kindOf(blocks.open);
  const some = blocks.open[0] > 0 ? 1 : 0;
  const { onlyLive, onlyBack } = kinds[kind];
  return {
    ...closed(blocks, kind),
    closed: true,
    total: blocks.total + some,
    live: blocks.live + onlyLive,
    back: blocks.back + onlyBack,
  };
}

/** Counts a pair `sinceMs` after the start of the state. */
export function withPairInBlock(before: Blocks, sinceMs: number, blockMs: number, pair: Pair): Blocks {
  const index = Math.floor(sinceMs / blockMs);
  let blocks = before;
  if (index !== blocks.index) {
    blocks = withNewestClosed(blocks);
    const missed = Math.min(watch.starts, index - blocks.index - 1);
    if (missed > 0) blocks = closed(blocks, '-'.repeat(missed));
    blocks = { ...blocks, index, open: [0, 0, 0, 0], closed: false };
  }
  if (sinceMs - index * blockMs >= blockMs * countedPart) return withNewestClosed(blocks);
  const [pairs, live, back, both] = blocks.open;
  const { liveOk, backOk } = pair;
  const open: Blocks['open'] = [
    pairs + 1,
    live + (!liveOk && backOk ? 1 : 0),
    back + (liveOk && !backOk ? 1 : 0),
    both + (liveOk || backOk ? 0 : 1),
  ];
  return { ...blocks, open };
}

/** The verdict of the blocks that are closed. Two in which both colors failed alike end one about a single color. */
export function steadyVerdict(blocks: Blocks): VerdictCode {
  if (blocks.alarm.color !== undefined && blocks.recent.endsWith('xx')) return 'does-not-help';
  return verdictOf(blocks.alarm) ?? (blocks.total < enoughBlocks ? 'unknown' : 'no-difference');
}
