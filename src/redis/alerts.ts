import type { AlertGroup } from '../release/alerts/alert.ts';
import { readGroup, remainsOf } from '../release/alerts/read-group.ts';
import { digestRank, kindOf, resolvedRank, stormGroups, stormMs } from '../release/alerts/port.ts';
import type { AlertStore, Placed } from '../release/alerts/port.ts';
import type { Outcome } from '../release/store.ts';
import { fromNow } from '../release/instant.ts';
import type { Instant } from '../release/instant.ts';
import { limits } from '../release/limits.ts';
import type { RedisClient } from './client.ts';
import { instantArgument, markArgument, newArgumentList, noticeArguments } from './script-arguments.ts';
import { replicaMs } from './save.ts';
import {
  digestScript,
  firingAlertsScript,
  loadAlertScript,
  openAlertsScript,
  postponeAlertScript,
  saveAlertScript,
} from './scripts/alerts.ts';

/** Returns the store of alert groups on Redis. `replicas`: whether this kind of Redis has replicas. */
export function redisAlerts(link: RedisClient, { replicas }: { replicas: boolean }): AlertStore {
  return {
    async load(id) {
      const { now, rest } = await link.run(loadAlertScript, { id });
      const [json, placed, revision] = rest;
      const context = { revision: Number(revision ?? 0), placed: placedOf(placed), now };
      if (typeof json !== 'string') return { group: null, ...context };
      const group = readGroup(json);
      return group === null ? { group, remains: remainsOf(json), ...context } : { group, ...context };
    },

    async save({ group, expect, opens, urgent, notices, draw, due, unheard, surfaces, history = [], mark }) {
      const placer = newArgumentList();
      const dueArgument = (at: Instant | null): string | undefined =>
        at === null ? undefined : instantArgument(at);
      const reply = await link.run(saveAlertScript, {
        nonce: placer.nonce,
        id: group.id,
        expect,
        group: placer.json({ ...group, revision: expect + 1 }),
        channel: group.channel,
        service: group.service ?? undefined,
        firing: group.status === 'firing' || undefined,
        opens: opens || undefined,
        urgent: urgent || undefined,
        surfaces: surfaces || undefined,
        draw: draw || undefined,
        rank: digestRank(group),
        notices: noticeArguments(notices, placer, fromNow()),
        due: dueArgument(due),
        unheard: unheard && {
          group: placer.json({ ...unheard.group, revision: expect + 1 }),
          due: dueArgument(unheard.due),
        },
        stormGroups,
        stormMs,
        digestMs: limits.digestMs,
        keepMs: group.times === 0 ? limits.unopenedMs : limits.alertMs,
        history: history.map((entry) => placer.json({ ...entry, at: fromNow() })),
        kept: limits.historyEntries,
        most: limits.alertGroups[kindOf(group)],
        kind: kindOf(group),
        oldestMs: limits.alertMs,
        mark: markArgument(mark, placer),
      });
      if (reply.word === 'repeat')
        return { ok: false, why: 'repeat', outcome: JSON.parse(String(reply.rest[0])) as Outcome };
      if (reply.word === 'late' || reply.word === 'undrawn' || reply.word === 'full')
        return { ok: false, why: reply.word };
      if (reply.word !== 'ok') return { ok: false, why: 'revision' };
      const [json, placed] = reply.rest;
      const saved = JSON.parse(String(json)) as AlertGroup;
      return {
        ok: true,
        group: saved,
        placed: placedOf(placed) ?? { kind: 'own' },
        now: reply.now,
      };
    },

    ...(replicas && {
      watchCopies() {
        const generation = link.generation();
        return async () => {
          if (await link.replicated(generation, replicaMs.needed)) return 'made';
          return link.replicas() === 0 ? 'none' : 'missing';
        };
      },
    }),

    async postpone(id, revision, due) {
      await link.run(postponeAlertScript, { id, revision, due: instantArgument(due) });
    },

    async open(service) {
      return (await link.run(openAlertsScript, { service })).rest.map(String);
    },

    async firing(prefix) {
      return (await link.run(firingAlertsScript, { prefix })).rest.map(String);
    },

    async digest(id, limit) {
      const { rest } = await link.run(digestScript, { digest: id, limit, resolvedRank });
      const [count, firing, critical, ...groups] = rest;
      return {
        groups: groups.flatMap((json) => readGroup(String(json)) ?? []),
        count: Number(count),
        firing: Number(firing),
        critical: Number(critical),
      };
    },
  };
}

function placedOf(placed: unknown): Placed | null {
  // Empty: the group was never shown.
  if (typeof placed !== 'string' || placed === '') return null;
  return placed === 'own' ? { kind: 'own' } : { kind: 'digest', digest: placed };
}
