import type { AlertStore } from './alerts/port.ts';
import type { Clock } from './clock.ts';
import type { Catalog, Configured, People } from './command.ts';
import type { EvidenceStore } from './evidence/port.ts';
import { Fault, isBadSettings } from './fault.ts';
import type { Driver } from './operation.ts';
import type { Adapters, RouterAnswer } from './ports.ts';
import type { ServiceRecord } from './release.ts';
import type { Remembered } from './known-services.ts';
import type { AutoRevertEvent } from './auto-revert/count.ts';
import type { Agenda, Outbox, Store } from './store.ts';

/** The part of a logger that the core uses; pino fits. */
export interface Log {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

/** What the core reports for metrics. Times in ms. */
export interface Observe {
  operation(kind: string, outcome: string): void;
  refusal(code: string): void;
  switched(kind: 'promote' | 'revert', ms: number): void;
  leaseLost(): void;
  /** Asking both colors says something else than before; `code`: a `VerdictCode`. */
  verdict(code: string): void;
  /** Answers were compared, or could not be; `result`: which count of `PathCounts` rose. */
  compared(result: string): void;
  /** Something happened to an automatic revert. */
  autoRevert(event: AutoRevertEvent): void;
}

/**
 * The dependencies of the core: its ports, and what it shares within a process. Each process makes one set, and each
 * function takes the ones that it needs.
 */
export interface Parts {
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
  alerts: AlertStore;
  evidence: EvidenceStore;
  catalog: Catalog;
  people: People;
  clock: Clock;
  /** The name of this process, and the token of its leases. New at each start. */
  driver: Driver;
  /** Makes the adapters of a service from its settings. Throws `Fault('bad-settings')`. */
  adapters(service: string, configured: Configured): Adapters;
  /** Asks the routers of many services; see `sweepRouters` in `routers/ask-many.ts`. */
  sweep(services: ReadonlyMap<string, Configured>, signal: AbortSignal): Promise<Map<string, RouterAnswer[]>>;
  remembered: Remembered;
  log: Log;
  observe: Observe;
}

/**
 * Returns the settings for an operation or bake: those stored with it. Throws `Fault('bad-settings')`, also when
 * nothing proves that a bot stored them: anyone who can write to Redis could make this process talk to any address.
 * See docs/design.md#the-record.
 */
export function settingsOf({ catalog }: Pick<Parts, 'catalog'>, record: ServiceRecord): Configured {
  if (!catalog.vouchesFor(record))
    throw new Fault(
      'bad-settings',
      'they differ from the file, and nothing proves that a bot with this Slack token stored them',
    );
  return catalog.stored(record);
}

/** Stores settings with a record, in place of all that it has. */
export function keepSettings(
  record: ServiceRecord,
  { raw, digest, seal }: Pick<Configured, 'raw' | 'digest' | 'seal'>,
): void {
  delete record.formerly;
  record.settings = raw;
  record.digest = digest;
  record.seal = seal;
}

/** Returns true where the stored settings can be used here. */
export function isReadable(parts: Pick<Parts, 'catalog'>, record: ServiceRecord): boolean {
  try {
    settingsOf(parts, record);
    return true;
  } catch (cause) {
    if (!isBadSettings(cause)) throw cause;
    return false;
  }
}

/** Returns the stored settings, or the configured ones if those cannot be read. Undefined: there are none either. */
export function readableSettings(parts: Parts, record: ServiceRecord): Configured | undefined {
  try {
    return settingsOf(parts, record);
  } catch (cause) {
    if (!isBadSettings(cause)) throw cause;
    return parts.catalog.find(record.service);
  }
}

/** Returns the channel of a service's cards: by its stored settings, the configured ones, or the default. */
export function channelFor({ catalog }: Pick<Parts, 'catalog'>, record: ServiceRecord): string {
  try {
    return catalog.channelOf(catalog.stored(record).settings);
  } catch (cause) {
    if (!isBadSettings(cause)) throw cause;
    return catalog.channelOf(catalog.find(record.service)?.settings ?? {});
  }
}

/** Returns the card that shows the waiting line of a service: its newest release's. Undefined: there is none yet. */
export function queueCard(
  parts: Pick<Parts, 'catalog'>,
  record: ServiceRecord,
): { channel: string; release: string } | undefined {
  const [newest] = record.releases;
  return newest && { channel: channelFor(parts, record), release: newest.id };
}

/** Returns the settings of a service for a new command: the configured ones, else those that its record keeps. */
export function settingsFor(
  parts: Parts,
  service: string,
  record: ServiceRecord | null,
): (Configured & { configured: boolean }) | undefined {
  const found = parts.catalog.find(service);
  if (found) return { ...found, configured: true };
  if (!record) return undefined;
  return { ...parts.catalog.stored(record), configured: false };
}
