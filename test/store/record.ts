import type { ColorState, ServiceRecord } from '../../src/release/release.ts';
import type { Change, HistoryEntry, Notice, Store } from '../../src/release/store.ts';
import { until } from '../support/until.ts';

const operator = { kind: 'slack', user: 'U1', team: 'T1' } as const;

/** A record as it is after the first adoption. */
export function record(service: string, more: Partial<ServiceRecord> = {}): ServiceRecord {
  const color = (role: ColorState['role']): ColorState => ({ role, version: null, since: 1 });
  return {
    schema: 1,
    service,
    revision: 0,
    epoch: 1,
    state: 'idle',
    live: 'blue',
    colors: { blue: color('live'), green: color('unknown') },
    sequence: 0,
    releases: [],
    op: null,
    request: null,
    bake: null,
    lock: null,
    drift: null,
    lastRevert: null,
    reask: null,
    follow: null,
    persist: null,
    afterRevert: null,
    settings: {},
    digest: 'd',
    ...more,
  };
}

/** A record with a promote under way. */
export function promoting(service: string, operation = 'op1'): ServiceRecord {
  return record(service, {
    state: 'promoting',
    op: {
      id: operation,
      release: 'r1',
      target: 'green',
      version: 'v2',
      actor: operator,
      at: 1,
      step: 'switch',
      driver: 'a',
      kind: 'promote',
    },
  });
}

/** A change that saves this record and nothing else. */
export function change(saved: ServiceRecord, expect: number, more: Partial<Change> = {}): Change {
  return {
    service: saved.service,
    expect,
    record: saved,
    history: [],
    notices: [],
    draw: [],
    due: { service: null, bake: null },
    ...more,
  };
}

/** A history entry. */
export function entry(text: string, what = 'stage'): Omit<HistoryEntry, 'at' | 'times'> {
  return { actor: operator, what, text: [text] };
}

/** A notice for a channel. */
export function notice(id: string, channel = 'C1'): Omit<Notice, 'at'> & { channel: string } {
  return { id, channel, service: 'checkout', release: null, text: [id], kind: 'event' };
}

/** Waits until a write reaches a replica: a link that is up does not stream before the replica's first word. */
export async function untilReplicated(store: Store): Promise<void> {
  let revision = 0;
  await until('a write reaches a replica', async () => {
    const saved = await store.save(change(record('warm-up'), revision, { durable: true }));
    revision += 1;
    return saved.ok && saved.replicated;
  });
}
