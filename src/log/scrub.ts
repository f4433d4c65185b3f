/** The text that replaces a secret. */
export const redacted = '[redacted]';

/** Shorter ones are not hidden, in characters: they would hide half of a log. */
export const shortestSecret = 6;

/** Most characters of a logged text. */
const longestText = 4000;
const deepest = 8;
const widest = 200;

/** Keys whose values are secrets, or bodies from outside that may hold some. */
const secretKey =
  /token|secret|authorization|cookie|passw|credential|signature|api[-_]?key|private[-_]?key|response[-_]?urls?$|trigger[-_]?id|^(raw|request|response)?[-_]?(body|payload|data)$/i;

/**
 * Patterns of secrets in texts. Each looks at a character only a few times, for any text; the beginning of a secret's
 * name is not matched, since it stays.
 */
const patterns: [RegExp, string][] = [
  [/xox[a-z](?:\.xox[a-z])?-[\w-]+/gi, redacted],
  [/xapp-[\w-]+/gi, redacted],
  [/https?:\/\/hooks\.slack(?:-gov)?\.com[^\s"'<>]*/gi, redacted],
  [/\/\/[^\s"/?#]*@/g, `//${redacted}@`],
  [/\b(authorization["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|digest)\s+)?[^\s"',;]+/gi, `$1${redacted}`],
  [/\b(bearer)\s+[^\s"',;]+/gi, `$1 ${redacted}`],
  [/\bv0=[0-9a-f]{16,}/gi, redacted],
  // Matches in forms and queries, and in JSON or an inspected object inside a text.
  [/((?:token|secret|password|api_?key|signature|trigger_id|response_url)=)[^&\s"'<>]+/gi, `$1${redacted}`],
  [
    /((?:token|secret|password|api_?key|signature|trigger_id|response_url|authorization)\\*["']?\s*:\s*\\*["'])[^"'\\]+/gi,
    `$1${redacted}`,
  ],
];

/** Removes the credentials of a URL, up to the last @: a password may contain one, or a slash. */
function withoutCredentials(found: string): string {
  const end = found.lastIndexOf('@');
  const start = end < 0 ? -1 : found.slice(0, end).search(/\/\/[^/@:]*:/);
  return start < 0 ? found : `${found.slice(0, start)}//${redacted}${found.slice(end)}`;
}

/** A quick test: every text that a pattern changes matches this; most texts need no more. */
const suspicious =
  /xox|xapp-|\/\/|authorization|bearer|v0=|token|secret|password|api_?key|signature|trigger_id|response_url/i;

/** The quick test for `secretKey`. */
const suspiciousKey =
  /cookie|passw|credential|signature|api[-_]?key|private[-_]?key|response[-_]?url|trigger[-_]?id|body|payload|data/i;

/** Removes secrets from log output. */
export interface Scrub {
  /** False when `value` would change nothing in this line of JSON: no key or text in it looks suspicious. */
  suspects(json: string): boolean;
  /** Replaces known secrets, Slack tokens, webhook URLs, credentials in URLs and `Bearer …`; cuts long text. */
  text(text: string): string;
  /** A plain copy for JSON: texts scrubbed, values of secret keys replaced, errors described, cycles cut. */
  value(value: unknown): unknown;
}

/**
 * Makes a scrubber. `known`: literal secrets of this process. Shorter ones than 6 characters are ignored: they would
 * hide half of a log.
 */
export function makeScrub(known: readonly string[] = []): Scrub {
  const literals = [...new Set(known.flatMap((secret) => [secret, encodeURIComponent(secret)]))]
    .filter((secret) => secret.length >= shortestSecret)
    .sort((one, two) => two.length - one.length);

  function text(all: string): string {
    let out = all;
    for (const secret of literals) out = out.replaceAll(secret, redacted);
    // Cut roughly first, so that patterns never run over megabytes, and never in the middle of a secret at the end.
    if (out.length > 2 * longestText) out = out.slice(0, 2 * longestText);
    if (suspicious.test(out)) {
      out = out.replace(/[^\s"]+/g, withoutCredentials);
      for (const [pattern, replacement] of patterns) out = out.replace(pattern, replacement);
    }
    return out.length > longestText ? `${out.slice(0, longestText)}…` : out;
  }

  function value(it: unknown, above: readonly object[] = []): unknown {
    if (typeof it === 'string') return text(it);
    if (typeof it === 'bigint') return String(it);
    if (typeof it === 'function' || typeof it === 'symbol') return undefined;
    if (typeof it !== 'object' || it === null) return it;
    if (above.includes(it)) return '[circular]';
    if (above.length >= deepest) return '[deep]';
    const inside = [...above, it];
    if (it instanceof Error) return fault(it, inside);
    if (it instanceof Date) return Number.isNaN(it.getTime()) ? null : it.toISOString();
    if (it instanceof URL) return text(it.href);
    if (ArrayBuffer.isView(it) || it instanceof ArrayBuffer) return `[${it.byteLength} bytes]`;
    if (Array.isArray(it) || it instanceof Set)
      return [...it].slice(0, widest).map((one) => value(one, inside));
    const entries = it instanceof Map || it instanceof Headers ? [...it.entries()] : ownEntries(it);
    const shown = entries.slice(0, widest).map(([key, one]) => {
      const hidden =
        secretKey.test(String(key)) && one !== null && one !== undefined && typeof one !== 'boolean';
      return [text(String(key)), hidden ? redacted : value(one, inside)];
    });
    return Object.fromEntries(shown);
  }

  /** The fields of every error, and Slack's error code. Requests, answers and configurations are left out. */
  function fault(error: Error, inside: readonly object[]): unknown {
    const more = error as {
      code?: unknown;
      status?: unknown;
      statusCode?: unknown;
      syscall?: unknown;
      data?: unknown;
    };
    const answer = more.data;
    const slackError =
      typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined;
    const known = {
      type: error.name,
      message: error.message,
      stack: error.stack,
      code: more.code,
      status: more.status ?? more.statusCode,
      syscall: more.syscall,
      slackError,
    };
    const told = Object.entries(known).filter(
      ([, one]) => typeof one === 'string' || typeof one === 'number',
    );
    const out: Record<string, unknown> = Object.fromEntries(
      told.map(([key, one]) => [key, value(one, inside)]),
    );
    if (error.cause !== undefined) out['cause'] = value(error.cause, inside);
    if (error instanceof AggregateError) out['errors'] = value(error.errors, inside);
    return out;
  }

  const suspects = (json: string): boolean =>
    json.length > longestText ||
    suspicious.test(json) ||
    suspiciousKey.test(json) ||
    literals.some((secret) => json.includes(secret));

  return { suspects, text, value: (it) => value(it) };
}

function ownEntries(it: object): [string, unknown][] {
  return Object.keys(it).map((key) => {
    try {
      return [key, (it as Record<string, unknown>)[key]];
    } catch {
      return [key, '[unreadable]'];
    }
  });
}
