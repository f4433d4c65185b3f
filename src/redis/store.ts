import { createHash } from 'node:crypto';
import { z } from 'zod';
import { reportCountsMs } from '../release/configurations.ts';
import { fromNow } from '../release/instant.ts';
import { limits } from '../release/limits.ts';
import { recordCache } from '../release/record-cache.ts';
import { boundOf, sameness } from '../release/refusal-entry.ts';
import type { Configuration, HistoryEntry, Loaded, Outcome, Store, PendingRevert } from '../release/store.ts';
import type { RedisClient } from './client.ts';
import { readLoaded, readLoadedOrBad } from './load.ts';
import { batchLoads, chunk } from './batch-loads.ts';
import { markArgument, newArgumentList } from './script-arguments.ts';
import { redisQueue } from './queue.ts';
import { runInTime } from './run-in-time.ts';
import { replicaMs, saveChange } from './save.ts';
import { acquireScript, releaseScript, renewScript } from './scripts/lease.ts';
import {
  allowScript,
  askedScript,
  configurationsScript,
  historyScript,
  loadScript,
  noteScript,
  pingScript,
  recallScript,
  servicesScript,
  wasAllowedScript,
  savePendingRevertScript,
} from './scripts/store.ts';

/** The highest schema of a record that this version reads. */
const schema = 1;

/** Returns the store of records on Redis. `replicas`: durable saves wait for replicas. */
export function redisStore(link: RedisClient, { replicas }: { replicas: boolean }): Store {
  const read = recordCache();
  const loadOne = batchLoads(link);
  const { leaseMs } = limits;
  const kept = limits.historyEntries;

  const store: Store = {
    replicas,
    liveReplicas: () => (replicas ? link.replicas() : undefined),
    server: { changedAt: () => link.changedAt(), watch: (fn) => link.watch(fn) },

    async load(service, ask = {}) {
      if (ask.marks === undefined && ask.rate === undefined) {
        const { part, now } = await loadOne(service);
        return readLoaded(service, part, now, read);
      }
      const { now, rest } = await link.run(loadScript, {
        services: [service],
        marks: ask.marks,
        rate: ask.rate,
      });
      const [outcome, rate, part] = rest;
      const loaded = { ...readLoaded(service, part, now, read), rate: Number(rate) };
      return typeof outcome === 'string' ? { ...loaded, repeat: JSON.parse(outcome) as Outcome } : loaded;
    },

    async loadMany(services) {
      const [only] = services;
      if (only !== undefined && services.length === 1) {
        const { part, now } = await loadOne(only);
        return [readLoadedOrBad(only, part, now, read)];
      }
      const all: Loaded[] = [];
      // In portions, so that other commands do not wait behind one long answer.
      for (let from = 0; from < services.length; from += chunk) {
        const some = services.slice(from, from + chunk);
        const { now, rest } = await link.run(loadScript, { services: some });
        some.forEach((service, i) => all.push(readLoadedOrBad(service, rest[i + 2], now, read)));
      }
      return all;
    },

    async services() {
      return (await link.run(servicesScript, {})).rest.map(String);
    },

    save: (change) => saveChange(link, change, replicas, read),

    async savePendingRevert(service, operation, pendingRevert, history, mark) {
      const placer = newArgumentList();
      const { word, rest, generation } = await link.run(savePendingRevertScript, {
        nonce: placer.nonce,
        kept,
        service,
        operation,
        pendingRevert: placer.json(pendingRevert),
        forced: pendingRevert.force !== undefined,
        history: placer.json({ ...history, at: fromNow() }),
        mark: markArgument(mark, placer),
      });
      if (word === 'repeat') return { ok: false, why: word, outcome: JSON.parse(String(rest[0])) as Outcome };
      if (word === 'gone' || word === 'late') return { ok: false, why: word };
      const replicated = !replicas || (await link.replicated(generation, replicaMs.asked));
      return { ok: true, joined: rest[0] === 1, replicated };
    },

    async acquire(service, token) {
      const { now, word, rest } = await runInTime(link, acquireScript, { service, token, schema, leaseMs });
      const held = word === 'held';
      try {
        return { held, ...readLoaded(service, rest[2], now, read) };
      } catch (fault) {
        // Nothing can work on a record that cannot be read: give the lease back.
        if (held) await store.release(service, token).catch(() => undefined);
        throw fault;
      }
    },

    async seize(service, token) {
      const any = { service, token, schema: Number.MAX_SAFE_INTEGER, leaseMs: limits.longestLeaseMs };
      return (await runInTime(link, acquireScript, any)).word === 'held';
    },

    async renew(service, token, forMs = leaseMs) {
      const { word, rest } = await runInTime(link, renewScript, { service, token, leaseMs: forMs });
      const pendingRevert = typeof rest[1] === 'string' ? (JSON.parse(rest[1]) as PendingRevert) : null;
      return { held: word === 'held', revision: Number(rest[0]), pendingRevert };
    },

    async release(service, token) {
      await runInTime(link, releaseScript, { service, token });
    },

    ...redisQueue(link),

    async history(service, count) {
      const { rest } = await link.run(historyScript, { service, count });
      const entries: HistoryEntry[] = [];
      for (let i = 0; i < rest.length; i += 2) {
        entries.push({ ...(JSON.parse(String(rest[i])) as HistoryEntry), times: 1 + Number(rest[i + 1]) });
      }
      return entries;
    },

    async note(service, entry, mark) {
      const placer = newArgumentList();
      const bound = boundOf(entry);
      const { word, rest } = await runInTime(link, noteScript, {
        nonce: placer.nonce,
        kept,
        service,
        json: placer.json({ ...entry, at: fromNow() }),
        digest: createHash('sha256').update(sameness(entry)).digest('hex'),
        refusalMs: limits.refusalMs,
        bound: bound && { ...bound, more: placer.json({ ...bound.more, at: fromNow() }) },
        mark: markArgument(mark, placer),
      });
      return word === 'repeat' ? (JSON.parse(String(rest[0])) as Outcome) : null;
    },

    async noteAccepted(...given) {
      const generation = link.generation();
      const known = await store.note(...given);
      const replicated = !replicas || (await link.replicated(generation, replicaMs.asked));
      return { known, replicated };
    },

    async recall(marks, otherwise) {
      const placer = newArgumentList();
      const mark = otherwise && markArgument({ keys: [...marks], outcome: otherwise }, placer);
      const { rest } = await runInTime(link, recallScript, { nonce: placer.nonce, marks, otherwise: mark });
      const [outcome] = rest;
      return typeof outcome === 'string' ? (JSON.parse(outcome) as Outcome) : null;
    },

    async saveAsked(answers) {
      const placer = newArgumentList();
      const list = [...answers].map(([service, answer]) => ({
        service,
        json: placer.json({ ...answer, at: answer.at ?? fromNow() }),
      }));
      await runInTime(link, askedScript, { nonce: placer.nonce, answers: list });
    },

    async allow(key) {
      await runInTime(link, allowScript, { key, allowedMs: limits.allowedMs });
    },

    async wasAllowed(key) {
      return (await link.run(wasAllowedScript, { key })).rest[0] === 1;
    },

    async configurations(own) {
      const said = own && { digest: own.digest, json: JSON.stringify(own) };
      const { rest } = await runInTime(link, configurationsScript, { reportCountsMs, ...said });
      return rest.flatMap((json) => readConfiguration(String(json)));
    },

    async ping() {
      await runInTime(link, pingScript, {});
    },
  };
  return store;
}

const configurationSchema = z.object({
  digest: z.string(),
  services: z.array(z.string()),
  sources: z.array(z.string()),
});

/** Reads a configuration; returns none for what cannot be read (another version or another program wrote it). */
function readConfiguration(json: string): Configuration[] {
  try {
    const read = configurationSchema.safeParse(JSON.parse(json));
    return read.success ? [read.data] : [];
  } catch {
    return [];
  }
}
