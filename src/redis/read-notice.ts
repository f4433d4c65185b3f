import type { Line, Part } from '../release/line.ts';
import { line } from '../release/line.ts';
import type { Notice } from '../release/store.ts';

const kinds: ReadonlySet<unknown> = new Set<Notice['kind']>([
  'progress',
  'event',
  'broadcast',
  'private',
  'adopted',
]);

/**
 * Reads the notice that is stored under `id`. An unreadable one (damaged, or written by a newer version) would keep
 * everything else of its channel waiting, so a notice that says so takes its place.
 */
export function readNotice(id: string, json: string): Notice {
  const value = parsed(json);
  if (isNotice(value)) return { ...value, id };
  const text = line`A message that waited here cannot be read. A newer version of Switchback wrote it, or it is damaged. Look at status and history.`;
  return { id, service: '', release: null, kind: 'event', text, at: 0 };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Checks only what would stop the sender: every look reads many notices. */
function isNotice(value: unknown): value is Notice {
  if (typeof value !== 'object' || value === null) return false;
  const { service, release, kind, text } = value as Record<string, unknown>;
  const named = typeof service === 'string' && (release === null || typeof release === 'string');
  return named && kinds.has(kind) && isLine(text);
}

function isLine(value: unknown): value is Line {
  return Array.isArray(value) && value.every(isPart);
}

function isPart(value: unknown): value is Part {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null) return false;
  const { at, url, label, user, group, code, bold } = value as Record<string, unknown>;
  if (typeof at === 'number') return true;
  if (typeof url === 'string') return typeof label === 'string';
  return [user, group, code, bold].some((text) => typeof text === 'string');
}
