import { noticeCards } from '../release/action-items.ts';
import { fromNow } from '../release/instant.ts';
import { limits } from '../release/limits.ts';
import type { DrawMark, Notice, Outbox, ShownMessage } from '../release/store.ts';
import type { RedisClient } from './client.ts';
import { drawField, newArgumentList, noticeArguments } from './script-arguments.ts';
import { readNotice } from './read-notice.ts';
import {
  depthScript,
  drawnScript,
  messageScript,
  moveScript,
  pendingScript,
  putScript,
  saveMessageScript,
  sentScript,
} from './scripts/outbox.ts';
import { runInTime } from './run-in-time.ts';

/** Returns the outbox (messages that wait to be sent) on Redis. */
export function redisOutbox(link: RedisClient): Outbox {
  const find = async (key: string): Promise<ShownMessage | null> => {
    const [json] = (await link.run(messageScript, { key })).rest;
    return typeof json === 'string' ? (JSON.parse(json) as ShownMessage) : null;
  };
  return {
    async pending(channel, limit) {
      const [notices, draws] = (await link.run(pendingScript, { channel, limit })).rest as [
        string[],
        string[],
      ];
      const { read, odd } = readDraws(draws);
      // These marks name no card and can never be drawn, and what waits keeps its channel due.
      for (const each of odd) await runInTime(link, drawnScript, { channel, ...each });
      return { notices: readNotices(notices), draws: read };
    },
    async sent(channel, ids) {
      if (ids.length > 0) await runInTime(link, sentScript, { channel, ids });
    },
    async move(channel, ids, to) {
      if (ids.length > 0 && channel !== to) await runInTime(link, moveScript, { channel, ids, to });
    },
    async drawn(channel, { service, release, mark }) {
      await runInTime(link, drawnScript, { channel, field: drawField(service, release), mark });
    },
    async redraw(channel, service, release) {
      await runInTime(link, putScript, {
        notices: [],
        draw: [{ channel, field: drawField(service, release) }],
      });
    },
    async saveMessage(message) {
      const keys = [`msg:${message.channel}:${message.ts}`];
      if (message.kind === 'card' && message.release !== null) {
        keys.push(`card:${message.service}:${message.release}`);
      }
      if (message.notice !== undefined) keys.push(`card:${noticeCards}:${message.notice.id}`);
      if (message.rings !== undefined) keys.push(`ring:${message.rings}`);
      const json = JSON.stringify(message);
      await runInTime(link, saveMessageScript, { keys, json, messageMs: limits.messageMs });
    },
    findMessage: (channel, ts) => find(`msg:${channel}:${ts}`),
    card: (service, release) => find(`card:${service}:${release}`),
    ringOf: (what) => find(`ring:${what}`),
    async post(notices, once) {
      if (notices.length === 0) return;
      const placer = newArgumentList();
      const list = noticeArguments(notices, placer, fromNow());
      await runInTime(link, putScript, { nonce: placer.nonce, notices: list, draw: [], once });
    },
    async depth() {
      return Number((await link.run(depthScript, {})).rest[0]);
    },
  };
}

function readNotices(found: readonly string[]): Notice[] {
  const notices: Notice[] = [];
  for (let i = 0; i + 1 < found.length; i += 2) {
    const [id = '', json = ''] = found.slice(i, i + 2);
    notices.push(readNotice(id, json));
  }
  return notices;
}

/** Reads the draw marks of an outbox; `odd`: those that name no card. */
function readDraws(fields: readonly string[]): { read: DrawMark[]; odd: { field: string; mark: string }[] } {
  const read: DrawMark[] = [];
  const odd: { field: string; mark: string }[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [field = '', mark = ''] = fields.slice(i, i + 2);
    const space = field.indexOf(' ');
    if (space > 0 && space < field.length - 1)
      read.push({ service: field.slice(0, space), release: field.slice(space + 1), mark });
    else odd.push({ field, mark });
  }
  return { read, odd };
}
