/** Presses on alerts. Reverts are commands like any other; these are the alerts' own. */
import { z } from 'zod';
import { silences } from '../release/alerts/alert.ts';
import type { Silence } from '../release/alerts/alert.ts';
import type { Answer } from '../release/command.ts';
import { line } from '../release/line.ts';
import type { Actor } from '../release/release.ts';
import type { OtherPress } from './ears.ts';
import { readJson } from './payloads.ts';
import { answerReply, refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';

/** What people do about alerts; see `release/alerts/act.ts`. */
export interface AlertActs {
  acknowledge(id: string, actor: Actor): Promise<Answer>;
  silence(id: string, actor: Actor, choice: Silence): Promise<Answer>;
}

const id = z.string().regex(/^[0-9a-f]{24}$/);

/** The buttons of alerts, by action id. */
export function alertPresses(acts: AlertActs): Readonly<Record<string, OtherPress>> {
  return {
    async 'alert.acknowledge'({ value, actor }) {
      const read = readJson(value, z.object({ a: id }));
      return read === undefined ? stale() : answerReply(await acts.acknowledge(read.a, actor));
    },
    async 'alert.silence'({ value, actor }) {
      const read = readJson(value, z.object({ a: id, f: z.enum(silences) }));
      return read === undefined ? stale() : answerReply(await acts.silence(read.a, actor, read.f));
    },
  };
}

function stale(): Reply {
  return refusalReply({
    code: 'stale-button',
    why: line`This button no longer fits; nothing was done.`,
    next: line`Use the newest message of the alert.`,
  });
}
