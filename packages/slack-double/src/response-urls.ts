import type { Content } from './content.ts';
import { noteHouseRules, readContent } from './content.ts';
import type { Desk } from './state.ts';
import { note, record } from './state.ts';
import type { Ids } from './ids.ts';
import { FIXED } from './ids.ts';
import type { JsonObject } from './json.ts';
import { flagAt, textAt } from './json.ts';
import { LIMITS } from './limits.ts';
import type { Message } from './messages.ts';

/** The person and place that a `response_url` answers. `source`: the message whose button was pressed. */
export interface Hook {
  user: string;
  channel: string;
  source?: Message;
}

/** The issued `response_url`s. */
export interface Hooks {
  /** Issues a path below the workspace's origin. */
  issue(kind: 'commands' | 'actions', hook: Hook): string;
  /** Counts one use. */
  spend(path: string): Hook | 'used_url' | 'expired_url' | undefined;
}

const LIFETIME_MS = 30 * 60_000;
const USES = 5;
const MOST = 10_000;

/** Starts without issued addresses. */
export function makeHooks(ids: Ids, now: () => number): Hooks {
  const known = new Map<string, { hook: Hook; at: number; uses: number }>();
  return {
    issue(kind, hook) {
      const path = `/${kind}/${FIXED.team}/${ids.next('1')}/${ids.secret()}`;
      known.set(path, { hook, at: now(), uses: 0 });
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
      return path;
    },
    spend(path) {
      const found = known.get(path);
      if (!found) return undefined;
      if (now() - found.at > LIFETIME_MS) return 'expired_url';
      if (found.uses >= USES) return 'used_url';
      found.uses += 1;
      return found.hook;
    },
  };
}

/** Posts the content of an acknowledgement or a `response_url`: to the person alone, unless it asks for the channel. */
export function respond(desk: Desk, hook: Hook, content: Content, args: JsonObject): Message {
  const shown = textAt(args, 'response_type') === 'in_channel' ? {} : { onlyFor: hook.user };
  const threadTs = textAt(args, 'thread_ts');
  return desk.messages.post({
    channel: hook.channel,
    user: FIXED.botUser,
    text: content.text ?? '',
    ...(content.blocks?.length ? { blocks: content.blocks } : {}),
    ...shown,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
}

/** Answers one POST to a `response_url`: HTTP status and body. */
export function answerHook(desk: Desk, path: string, args: JsonObject): { status: number; body: string } {
  const refuse = (status: number, error: string, messages: string[] = []) => {
    note(desk, { kind: 'refused', where: 'response_url', error, messages, args });
    record(desk, { method: 'response_url', args, answer: { ok: false, error }, at: desk.now() });
    return { status, body: status === 404 ? JSON.stringify({ ok: false, error }) : error };
  };
  const hook = desk.hooks.spend(path);
  if (hook === undefined) return refuse(404, 'no_such_url');
  if (typeof hook === 'string') return refuse(404, hook);
  const done = () => {
    record(desk, { method: 'response_url', args, answer: { ok: true }, at: desk.now() });
    return { status: 200, body: 'ok' };
  };
  if (flagAt(args, 'delete_original')) {
    if (hook.source) desk.messages.remove(hook.source);
    return done();
  }
  const content = readContent(desk, args, LIMITS.postText);
  if ('error' in content) return refuse(400, content.error, content.messages);
  noteHouseRules(desk, 'response_url', content, args);
  if (flagAt(args, 'replace_original') && hook.source) {
    desk.messages.edit(hook.source, {
      text: content.text ?? '',
      ...(content.blocks ? { blocks: content.blocks } : {}),
      editor: FIXED.botUser,
    });
  } else respond(desk, hook, content, args);
  return done();
}
