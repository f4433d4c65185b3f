import type { Clock } from '../clock.ts';
import type { Ledger } from '../accepted-commands.ts';
import type { Take } from './take.ts';

/** Stores each delivery once more after a failover that may have lost it: a repeat changes nothing. */
export function takingAgain(take: Take, ledger: Ledger, clock: Pick<Clock, 'mono'>): Take {
  return async (...given) => {
    const since = clock.mono();
    await take(...given);
    ledger.note(since, async () => {
      await take(...given);
      return false;
    });
  };
}
