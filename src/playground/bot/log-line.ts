/** A line of the bot's log as a person reads it. */
export interface LogLine {
  at: number;
  level: 'info' | 'warn' | 'error';
  text: string;
}

/** Fields that say what a line is about, in this order. */
const telling = [
  'service',
  'release',
  'verb',
  'operation',
  'step',
  'button',
  'actor',
  'code',
  'channel',
  'error',
] as const;

/** Reads a line that pino wrote; undefined for what is below `info` or no such line. */
export function readLogLine(json: string): (LogLine & { pino: number }) | undefined {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { level: pino, time, msg, err } = line;
  if (typeof pino !== 'number' || pino < 30) return undefined;
  const facts = telling.flatMap((key) => {
    const value = line[key];
    return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
  });
  const why = messageOf(err) ?? messageOf(line['cause']);
  const head = [typeof msg === 'string' ? msg : '', ...(facts.length > 0 ? [`(${facts.join(', ')})`] : [])];
  return {
    at: typeof time === 'number' ? time : Date.now(),
    level: pino >= 50 ? 'error' : pino >= 40 ? 'warn' : 'info',
    text: `${head.join(' ')}${why === undefined ? '' : `: ${why}`}`,
    pino,
  };
}

function messageOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  return typeof error.message === 'string' ? error.message : undefined;
}
