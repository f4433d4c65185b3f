import { renderMessage, renderView } from '../../slack-double/src/index.ts';
import type { Message, View, Workspace } from '../../slack-double/src/index.ts';

/** Prints changes of the workspace, and remembers what was shown since the last action. */
export interface Feed {
  /** What others than the acting person said, or what changed, since the last `mark`: whole messages, oldest first. */
  shown(): string;
  /** Notes an action of this person: earlier output is old, and their own messages are no answer. */
  mark(who: string): void;
  /** Prints an event outside of the workspace; it counts as shown. */
  tell(text: string): void;
  /** Prints waiting output at once. */
  flush(): void;
  close(): void;
}

/** How long edits are collected into one output, in ms. */
const gatherMs = 150;

interface Known {
  edits: number;
  lines: string[];
}

/** Follows all channels. `print` gets whole lines; the modals of `people` are shown. */
export function follow(workspace: Workspace, print: (text: string) => void): Feed {
  const known = new Map<string, Known>();
  const modals = new Set<string>();
  let since = new Map<string, string>();
  let actor = '';
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const message of workspace.messages()) {
      const key = `${message.channel} ${message.ts}`;
      const before = known.get(key);
      if (before?.edits === message.edits) continue;
      const lines = renderMessage(workspace.world, message).split('\n');
      known.set(key, { edits: message.edits, lines });
      if (before || message.user !== actor) since.set(key, lines.join('\n'));
      const text = before ? changed(before.lines, lines) : lines;
      if (text.length > 0) print([headOf(workspace, message, before !== undefined), ...text].join('\n'));
    }
    for (const { id, wire } of openModals(workspace)) {
      if (modals.has(id)) continue;
      modals.add(id);
      const text = renderView(workspace.world, wire);
      since.set(id, text);
      print(`${text}\n(submit <text> sends it)`);
    }
  }

  const stop = workspace.follow(() => {
    timer ??= setTimeout(flush, gatherMs);
  });
  return {
    shown() {
      flush();
      return [...since.values()].join('\n\n');
    },
    mark(who) {
      flush();
      since = new Map();
      actor = workspace.world.user(who).id;
    },
    tell(text) {
      flush();
      since.set(`told ${since.size}`, text);
      print(text);
    },
    flush,
    close() {
      stop();
      clearTimeout(timer);
    },
  };
}

function openModals(workspace: Workspace): View[] {
  return [...workspace.world.users.values()].flatMap(({ name }) => workspace.person(name).view() ?? []);
}

/** The first line, which names the subject, then the new lines. Empty without new lines. */
function changed(before: string[], now: string[]): string[] {
  const old = new Set(before);
  const fresh = now.filter((line, at) => at > 0 && !old.has(line));
  const [title = ''] = now;
  return fresh.length > 0 || !old.has(title) ? [title, ...fresh] : [];
}

function headOf(workspace: Workspace, message: Readonly<Message>, edited: boolean): string {
  const { world } = workspace;
  const name = (id: string) => world.users.get(id)?.name ?? id;
  const place = world.channels.get(message.channel)?.name ?? message.channel;
  const isReply = message.threadTs !== undefined && message.threadTs !== message.ts;
  const where = place.startsWith('@') ? `to ${place}` : `#${place}`;
  const marks = [
    ...(edited ? ['changed'] : []),
    ...(isReply ? [message.broadcast ? 'in the thread and the channel' : 'in the thread'] : []),
    ...(message.onlyFor === undefined ? [] : [`only ${name(message.onlyFor)} sees this`]),
  ];
  const at = new Date().toTimeString().slice(0, 8);
  return `── ${at} ${where} · ${name(message.user)}${marks.map((mark) => ` · ${mark}`).join('')}`;
}
