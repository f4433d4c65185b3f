import type { OpenRedis } from '../redis/open.ts';
import { turnedAway } from '../redis/turned-away.ts';
import { Fault } from '../release/fault.ts';

/** Redis cannot be used from this machine. */
export class NoRedis extends Fault {
  /** What to do about it. */
  readonly next: string;
  /** True when Redis answered and refused this process: others may be using it. */
  readonly turnedAway: boolean;

  constructor(redis: Pick<OpenRedis, 'explain' | 'trouble'>) {
    const { found, fix } = redis.explain();
    super('storage-unavailable', `Redis ${found}`);
    this.name = 'NoRedis';
    this.next = fix;
    this.turnedAway = turnedAway(redis.trouble());
  }
}
