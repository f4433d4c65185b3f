import { fromNow } from '../release/instant.ts';
import { Fault } from '../release/fault.ts';
import { limits } from '../release/limits.ts';
import { checkRecord } from '../release/read-record.ts';
import { underWay } from '../release/release.ts';
import type { Change, Outcome, SaveAnswer } from '../release/store.ts';
import type { RedisClient, ScriptReply } from './client.ts';
import {
  drawField,
  instantArgument,
  markArgument,
  newArgumentList,
  noticeArguments,
} from './script-arguments.ts';
import type { ReadRecord } from '../release/record-cache.ts';
import { saveScript } from './scripts/store.ts';

/** How long to wait for replicas, ms: `asked` where a missing one is only reported, `needed` where it is refused. */
export const replicaMs = { asked: 200, needed: 1_000 } as const;

/** Saves a change. A durable change also waits for the replicas, where there are any. */
export async function saveChange(
  link: RedisClient,
  change: Change,
  replicas: boolean,
  read: ReadRecord,
): Promise<SaveAnswer> {
  const reply = await link.run(saveScript, saveArguments(change));
  if (reply.word !== 'ok') return notSaved(reply);
  const [json, leased] = reply.rest;
  const record = read(change.service, String(json), change.record);
  const replicated =
    change.durable !== true || !replicas || (await link.replicated(reply.generation, waitMs(change)));
  return { ok: true, record, now: reply.now, leased: leased === 1, replicated };
}

/** A change that stands without replicas waits for a shorter time than one that is dropped without them. */
function waitMs({ record }: Change): number {
  return record.op?.unconfirmedAt === undefined ? replicaMs.asked : replicaMs.needed;
}

function saveArguments(change: Change): Record<string, unknown> {
  const placer = newArgumentList();
  const record = { ...change.record, revision: change.expect + 1 };
  // What cannot be read back must not be stored. The schema accepts instants as numbers here, too.
  checkRecord(change.service, record);
  return {
    nonce: placer.nonce,
    service: change.service,
    expect: change.expect,
    schema: record.schema,
    record: placer.json(record),
    op: underWay(record) ? (record.op?.id ?? '') : '',
    leaseMs: limits.leaseMs,
    kept: limits.historyEntries,
    act: change.lease?.act,
    token: change.lease?.token,
    goodUntil: change.goodUntil === undefined ? undefined : instantArgument(change.goodUntil),
    unlessPendingRevert: change.unlessPendingRevert === true || undefined,
    takesPendingRevert: change.takesPendingRevert,
    shown: `${record.epoch} ${record.state}`,
    baking: record.state === 'baking' || undefined,
    history: change.history.map((entry) => placer.json({ ...entry, at: fromNow() })),
    notices: noticeArguments(change.notices, placer, fromNow()),
    draw: change.draw.map(({ channel, release, service = change.service }) => ({
      channel,
      field: drawField(service, release),
    })),
    due: change.due.service === null ? undefined : instantArgument(change.due.service),
    bakeDue: change.due.bake === null ? undefined : instantArgument(change.due.bake),
    mark: markArgument(change.mark, placer),
  };
}

function notSaved({ word, rest }: ScriptReply): SaveAnswer {
  switch (word) {
    case 'repeat':
      return { ok: false, why: 'repeat', outcome: JSON.parse(String(rest[0])) as Outcome };
    case 'revision':
    case 'lease':
    case 'pending-revert':
    case 'expired':
    case 'late':
      return { ok: false, why: word };
    default:
      throw new Fault('storage-unavailable', `Redis gave an unknown answer to a save: ${word}`, {
        unclear: true,
      });
  }
}
