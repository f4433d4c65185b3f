/** Work on one service under its lease. See docs/design.md#the-lease. */
import { changeOf, draftOf } from './draft.ts';
import type { Draft } from './draft.ts';
import { limits, longestWriteMs, writeMs } from './limits.ts';
import { logOf } from './operation-log.ts';
import { channelFor } from './parts.ts';
import type { Parts } from './parts.ts';
import type { WritePermit } from './ports.ts';
import type { ServiceRecord } from './release.ts';
import { underWay } from './release.ts';
import type { Change, Loaded } from './store.ts';

/** How often the holder renews the lease, ms; a pending revert waits at most this long for a live holder. */
const renewMs = 300;

/** One process's work under the lease of a service: the last seen record, saves, and signals to stop. */
export interface Session {
  /** Returns the record and what is stored with it, as of the newest load or save. */
  readonly loaded: () => Loaded & { record: ServiceRecord };
  /** Returns ms of the store's clock, by the newest answer and this machine's monotonic clock. */
  now(): number;
  /**
   * Aborts when the current step must not continue: a revert waits, it was cancelled, the lease is lost, or shutdown.
   */
  readonly soft: AbortSignal;
  /** Returns false once the lease is lost, or another operation took this one's place. */
  alive(): boolean;
  /** Returns the permission to write to the router, while the lease covers it. */
  permit(): WritePermit;
  /**
   * Saves what `write` makes of the newest record, under the lease. `changed`: the operation is another one, a revert
   * waits, or the operation is being ended; look again. `expired`: past `goodUntil`.
   */
  commit(
    write: (draft: Draft, now: number) => Partial<Change> | undefined,
    options?: { despite?: boolean },
  ): Promise<'ok' | 'changed' | 'expired'>;
  /** Loads the record again. */
  refresh(): Promise<void>;
  /** Replaces the soft signal, for the next step. */
  rearm(): void;
  /** Returns whether a replica of the store has the last `commit`, where there are replicas; true otherwise. */
  replicated(): boolean;
  close(): Promise<void>;
}

/** A lease that an `acquire` or a save took, with the loaded record. */
export interface TakenLease {
  loaded: Loaded & { record: ServiceRecord };
  /** When the store was asked for it, ms of the monotonic clock: the lease counts from then. */
  askedAt: number;
}

/** Starts a session: renews the lease until `close`. */
export function openSession(
  parts: Parts,
  service: string,
  { loaded: first, askedAt }: TakenLease,
  stopping: AbortSignal,
): Session {
  const { store, clock, driver } = parts;
  let loaded = first;
  let seenAt = askedAt;
  let coveredUntil = askedAt + limits.leaseMs;
  // A router with slower writes needs a longer lease, from the next renewal on.
  let renewedForMs: number = limits.leaseMs;
  let held = true;
  let dropped = false;
  let replicated = true;
  let soft = new AbortController();
  const closed = new AbortController();
  const operation = (): string | undefined => loaded.record.op?.id;
  // What the step is about. A process that stood still may find that it has accepted another operation meanwhile.
  let mine = operation();

  const lose = (): void => {
    if (held) parts.observe.leaseLost();
    held = false;
    soft.abort();
  };
  const see = (next: Loaded, at: number, since: Loaded): void => {
    const before = operation();
    if (!next.record) return lose();
    if (next.record.revision < loaded.record.revision) {
      // If the question is from before the newest save, its answer says nothing new. Otherwise the storage lost data.
      if (since === loaded) lose();
      return;
    }
    const ending = next.record.op?.ending !== undefined && loaded.record.op?.ending === undefined;
    loaded = { ...next, record: next.record };
    seenAt = at;
    if (operation() !== before || ending || next.pendingRevert !== null) soft.abort();
  };
  const refresh = async (): Promise<void> => {
    const at = clock.mono();
    const since = loaded;
    see(await store.load(service), at, since);
  };

  const renewing = (async () => {
    while (held && !closed.signal.aborted) {
      await clock.sleep(renewMs, closed.signal);
      if (closed.signal.aborted) return;
      const at = clock.mono();
      try {
        const forMs = renewedForMs;
        const answer = await store.renew(service, driver, forMs);
        if (closed.signal.aborted) return;
        if (!answer.held) return lose();
        coveredUntil = at + forMs;
        if (
          answer.revision !== loaded.record.revision ||
          answer.pendingRevert?.id !== loaded.pendingRevert?.id
        )
          await refresh();
      } catch (cause) {
        logOf(parts.log, loaded.record).warn({ err: cause }, 'The service lease could not be renewed');
        if (clock.mono() >= coveredUntil) return lose();
      }
    }
  })();
  const onStop = (): void => soft.abort();
  stopping.addEventListener('abort', onStop, { once: true });

  return {
    loaded: () => loaded,
    now: () => loaded.now + (clock.mono() - seenAt),
    get soft() {
      return soft.signal;
    },
    alive: () => held,
    permit: () => ({
      signal: AbortSignal.timeout(longestWriteMs + 500),
      mayWrite: (ms = writeMs) => {
        if (ms > writeMs) renewedForMs = limits.longestLeaseMs;
        return held && coveredUntil - clock.mono() > ms;
      },
    }),
    async commit(write, { despite = false } = {}) {
      if (operation() !== mine) return 'changed';
      for (let attempt = 0; attempt < 8; attempt += 1) {
        const draft = draftOf(loaded.record);
        const extra = write(draft, loaded.now) ?? {};
        const at = clock.mono();
        const channel = channelFor(parts, loaded.record);
        const answer = await store.save(
          changeOf(draft, loaded.record.revision, loaded.now, channel, {
            lease: { act: underWay(draft.record) ? 'keep' : 'drop', token: driver },
            unlessPendingRevert: !despite,
            ...extra,
          }),
        );
        if (answer.ok) {
          loaded = {
            ...loaded,
            record: answer.record,
            now: answer.now,
            ...(extra.takesPendingRevert && { pendingRevert: null }),
          };
          seenAt = at;
          replicated = answer.replicated;
          if (answer.leased) coveredUntil = at + limits.leaseMs;
          dropped = !answer.leased;
          mine = operation();
          return 'ok';
        }
        switch (answer.why) {
          case 'expired':
            return 'expired';
          case 'lease':
          case 'late':
            lose();
            return 'changed';
          case 'repeat':
          case 'pending-revert':
            await refresh();
            return 'changed';
          case 'revision':
            await refresh();
            if (!held || operation() !== mine || (loaded.record.op?.ending !== undefined && !despite))
              return 'changed';
            break;
          default:
            answer satisfies never;
        }
      }
      return 'changed';
    },
    refresh,
    rearm() {
      mine = operation();
      if (held && !stopping.aborted) soft = new AbortController();
      if (loaded.pendingRevert !== null) soft.abort();
    },
    replicated: () => replicated,
    async close() {
      closed.abort('closed');
      stopping.removeEventListener('abort', onStop);
      await renewing;
      if (held && !dropped) await store.release(service, driver);
      held = false;
    },
  };
}
