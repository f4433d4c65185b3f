import type { Operation } from '../../../../src/release/release.ts';

/** A line of the bot's log as a person reads it. */
export interface LogLine {
  at: number;
  level: 'info' | 'warn' | 'error';
  text: string;
}

/** What an operation does at a step, in words. */
const steps: Readonly<Record<Operation['step'], string | undefined>> = {
  'ask-router': 'asks the router',
  deploy: 'deploys',
  check: 'checks the color',
  // The playground has no hooks.
  'after-stage': undefined,
  'before-switch': undefined,
  'read-only': 'denies writes, and waits',
  intent: 'saves that it will switch',
  switch: 'switches the router',
  undo: 'switches the router back',
};

/** Fields that say what another line is about, in this order. */
const telling = ['actor', 'service', 'verb', 'kind', 'button', 'code', 'channel', 'error'] as const;

/** Reads a line of pino's; undefined below `info`, or for other text. */
export function readLogLine(json: string): (LogLine & { pino: number }) | undefined {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { level: pino, time } = line;
  if (typeof pino !== 'number' || pino < 30) return undefined;
  if (isBegun(line) && Object.hasOwn(steps, line.step) && !steps[line.step as Operation['step']])
    return undefined;
  return {
    at: typeof time === 'number' ? time : Date.now(),
    level: pino >= 50 ? 'error' : pino >= 40 ? 'warn' : 'info',
    text: pino === 30 ? (doing(line) ?? happening(line)) : happening(line),
    pino,
  };
}

type Facts = Readonly<Record<string, unknown>>;

/** A person's act, or an operation, and its outcome: `U0ZOE · approve demo · refused: not-allowed`. */
function doing(line: Facts): string | undefined {
  const { actor, verb, button, what, kind, service, outcome, code, ok } = line;
  const pressed = typeof button === 'string' ? button.slice(button.indexOf('.') + 1) : undefined;
  const deed = words(verb ?? pressed ?? what ?? kind, service);
  if (deed === '') return undefined;
  if (actor !== undefined) {
    const refused = code !== undefined || ok === false;
    return `${words(actor)} · ${deed} · ${refused ? ['refused', words(code)].filter(Boolean).join(': ') : 'ok'}`;
  }
  if (outcome !== undefined) return `${deed} · ended: ${words(outcome)}`;
  if (!isBegun(line)) return undefined;
  return `${deed} · ${Object.hasOwn(steps, line.step) ? steps[line.step as Operation['step']] : line.step}`;
}

function isBegun(line: Facts): line is Facts & { step: string } {
  return typeof line['step'] === 'string' && line['msg'] === 'A step begins';
}

/** The line's own message, its subject, and its cause. */
function happening(line: Facts): string {
  const facts = telling.map((key) => words(line[key])).filter(Boolean);
  const why = messageOf(line['err']) ?? messageOf(line['cause']) ?? messageOf(line['reason']);
  const about = facts.length > 0 ? `(${facts.join(', ')})` : undefined;
  return `${words(line['msg'], about)}${why === undefined ? '' : `: ${why}`}`;
}

function words(...parts: unknown[]): string {
  return parts.filter((part) => typeof part === 'string' || typeof part === 'number').join(' ');
}

function messageOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  return typeof error.message === 'string' ? error.message : undefined;
}
