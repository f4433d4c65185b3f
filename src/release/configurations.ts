/** Replicas report their configuration to each other, and the bot notifies people when two differ. */
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import { refuse } from './gates.ts';
import type { Refusal } from './refusals.ts';
import type { Configuration, Store } from './store.ts';

/** How often a replica reports its configuration, ms. */
export const announceMs = 10_000;
/** How long a report counts, ms. */
export const reportCountsMs = 25_000;
/** A rolling restart usually takes less than this, ms. */
const rollingMs = 120_000;
/** Two configurations that differ are reported once within this time, ms. */
const onceMs = 86_400_000;
/** How many names a message lists. */
const listed = 10;
/** Stands for the service in notices that belong to none. */
const noService = '@configurations';

/** Resolves to true when a running replica with another configuration names the service. */
export async function isNamedElsewhere(
  store: Pick<Store, 'configurations'>,
  service: string,
): Promise<boolean> {
  return (await store.configurations()).some(({ services }) => services.includes(service));
}

/** The refusal when another replica's file names the service, and the file of this process does not. */
export function elsewhere(service: string): Refusal {
  return refuse(
    'unknown-service',
    line`The replica that answered has no ${{ code: service }} in its file; another running replica has it. Nothing was done.`,
    line`Try again in a moment: another replica may answer. If this happens again, give all replicas the same file (SWITCHBACK_CONFIG), and restart those with an older one.`,
  );
}

/**
 * Reports this replica's configuration until `stopping` aborts, and remembers the names in the others. A different
 * one is logged at once. If it still differs after `rollingMs`, the default channel gets one notice.
 */
export async function tellConfigurations(
  parts: Pick<Parts, 'store' | 'outbox' | 'clock' | 'log' | 'remembered'>,
  own: Configuration,
  defaultChannel: string,
  stopping: AbortSignal,
): Promise<void> {
  const { store, outbox, clock, log, remembered } = parts;
  const others = new Map<string, { since: number; told: boolean }>();
  const look = async (): Promise<void> => {
    const heard = (await store.configurations(own)).filter(({ digest }) => digest !== own.digest);
    remembered.elsewhere = {
      services: new Set(heard.flatMap(({ services }) => services)),
      sources: new Set(heard.flatMap(({ sources }) => sources)),
    };
    for (const digest of others.keys()) {
      if (heard.some((each) => each.digest === digest)) continue;
      others.delete(digest);
      log.info({ digest }, 'No replica runs with this other configuration now');
    }
    for (const other of heard) {
      const known = others.get(other.digest) ?? { since: clock.mono(), told: false };
      if (!others.has(other.digest))
        log.warn(
          { own: own.digest, digest: other.digest, ...differences(own, other) },
          'Another replica runs with another configuration',
        );
      others.set(other.digest, known);
      if (known.told || clock.mono() - known.since < rollingMs) continue;
      const [one, two] = [own, other].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
      if (!one || !two) continue;
      const notice = {
        id: crypto.randomUUID(),
        service: noService,
        release: null,
        kind: 'broadcast' as const,
        text: differ(one, two),
        channel: defaultChannel,
      };
      await outbox.post([notice], { key: `differ:${one.digest}:${two.digest}`, ms: onceMs });
      known.told = true;
    }
  };
  while (!stopping.aborted) {
    // The storage is unavailable: something else reports that.
    await look().catch(() => undefined);
    await clock.sleep(announceMs, stopping);
  }
}

/** Returns the services that only one of the two names. */
function differences(own: Configuration, other: Configuration): { lacks: string[]; has: string[] } {
  return {
    lacks: other.services.filter((name) => !own.services.includes(name)),
    has: own.services.filter((name) => !other.services.includes(name)),
  };
}

function differ(one: Configuration, two: Configuration): Line {
  const { lacks, has } = differences(one, two);
  const only = ({ digest }: Configuration, names: readonly string[]): Line => {
    const more = names.length > listed ? ` and ${names.length - listed} more` : '';
    return names.length === 0
      ? []
      : line` Only ${{ code: digest }} has ${names.toSorted().slice(0, listed).join(', ')}${more}.`;
  };
  const what: Line =
    lacks.length + has.length === 0
      ? [' They name the same services, with other settings.']
      : [...only(one, has), ...only(two, lacks)];
  return line`Replicas of Switchback have run with different configurations for ${rollingMs / 60_000} minutes: ${{ code: one.digest }} and ${{ code: two.digest }}.${what} The answer to a command depends on the replica that gets it. Give all of them the same file, and restart those with an older one. ${{ code: 'switchback doctor' }} shows how many there are.`;
}
