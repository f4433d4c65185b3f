/** One kind of sender: how it proves who it is, and how its bodies are read. Another kind is one more file like these. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { wrongInstant } from './instant.ts';
import { linkHost } from './link-host.ts';
import type { CommonOptions } from './options.ts';
import type { Steps } from './steps.ts';
import type { Delivery, Incoming, Link } from '../release/alerts/alert.ts';

/** What has come of a request before its body. */
export interface Head {
  headers: IncomingHttpHeaders;
  /** Ms since 1970 by this machine. */
  now: number;
}

/** Whether a body bears out what its headers say: it is given the pieces as they come. */
export interface BodyProof {
  write(piece: Buffer): void;
  /** After the last piece. May ask elsewhere, with a deadline of its own. */
  end(): boolean | Promise<boolean>;
}

/** The alerts that a body tells, or where it is wrong. */
export type ReadAlerts = { ok: true; delivery: Omit<Delivery, 'source'> } | { ok: false; mistake: string };

/** The same, or null: a ping or the like, of which nothing is to be stored. */
export type ReadBody = ReadAlerts | { ok: true; delivery: null };

export interface Source {
  /** Headers with the seconds at which a request was signed, and with that signature, where a sender signs the time. */
  signed?: { timestamp: string; signature: string };
  /**
   * Looks at the headers alone, before anything of the body is read: true when they prove who sent it, false when they
   * cannot, else what the body must still bear out. A signature that no valid sender writes (too old, not of its form)
   * is false, so that no room is given to it.
   */
  authentic: (head: Head) => boolean | BodyProof;
  /**
   * Reads what is authentic; `json` is any JSON object of a body within its bound. In steps, since it may have thousands of
   * alerts. Or a promise: it may answer to its sender first, as SNS wants it.
   */
  read: (json: object, headers: IncomingHttpHeaders) => Steps<ReadBody> | Promise<ReadBody>;
}

/** Alerts of a body of `generic`. */
export const mostAlerts = 500;
/** Alerts that are read of a body that its sender cannot split; more are counted only. */
export const mostRead = 5_000;

/** A text of at most `most` characters; what is longer is cut, since the sender cannot help it. */
export function text(most: number) {
  return z.string().transform((all) => cut(all, most));
}

function cut(all: string, most: number): string {
  if (all.length <= most) return all;
  return Array.from(all.slice(0, most * 2))
    .slice(0, most)
    .join('');
}

/** What names an alert within its group: a key of an object here, for which this one name is none. */
export function fingerprintSchema(most: number) {
  return z
    .string()
    .min(1)
    .max(most)
    .transform((given) => (given === '__proto__' ? '__proto' : given));
}

/** Numbers and booleans are texts to senders that write no others; null is none. The rest stays as it is. */
export function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : (value ?? undefined);
}

/** Labels or annotations of one alert, and characters of a name and of a text. */
const mostTexts = { count: 200, name: 1_000, text: 1_000 } as const;

/** The first names of an object, and one more than may be: a body may have a million, and none of the others is looked at. */
function namesIn(of: object): string[] {
  const names: string[] = [];
  for (const name in of) if (names.push(name) > mostTexts.count) break;
  return names;
}

/** Labels: texts by name; null and missing are none. Lists and objects in them are a mistake. */
export const labelsSchema = z
  .unknown()
  .optional()
  .transform((given, context): Record<string, string> => {
    const wrong = (message: string, ...path: string[]): typeof z.NEVER => {
      context.addIssue({ code: 'custom', message, path });
      return z.NEVER;
    };
    if (given === undefined || given === null) return {};
    if (typeof given !== 'object' || Array.isArray(given)) return wrong('is no object');
    const names = namesIn(given);
    if (names.length > mostTexts.count) return wrong(`has more than ${mostTexts.count} entries`);
    const texts: [string, string][] = [];
    for (const name of names) {
      const each = asText((given as Record<string, unknown>)[name]);
      if (each === undefined) continue;
      if (typeof each !== 'string') return wrong('is no text', name);
      if (name.length > mostTexts.name) return wrong('has too long a name', name);
      texts.push([name, cut(each, mostTexts.text)]);
    }
    return Object.fromEntries(texts);
  });

/** Annotations: the same, but they only explain. Of what is no text, too long by name or beyond 200 nothing is kept. */
export const annotationsSchema = z
  .unknown()
  .optional()
  .transform((given): Record<string, string> => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return {};
    const kept = namesIn(given)
      .slice(0, mostTexts.count)
      .flatMap((name): [string, string][] => {
        const one = asText((given as Record<string, unknown>)[name]);
        return typeof one === 'string' && name.length <= mostTexts.name
          ? [[name, cut(one, mostTexts.text)]]
          : [];
      });
    return Object.fromEntries(kept);
  });

/** The alerts of a body that can be read; of the others how many, and the first mistake. */
export interface ReadOfMany<Alert> {
  alerts: Alert[];
  unreadable?: { count: number; undated?: number; mistake: Mistake };
}

/**
 * Reads each alert by itself, so that one that cannot be read does not lose the others. One of which only an instant cannot
 * be read is counted too (`undated`), and stays. `wrongAt`: the name of that instant. A step each.
 */
export function* readEach<Alert>(
  given: readonly unknown[],
  schema: z.ZodType<Alert>,
  wrongAt: (alert: Alert) => string | undefined,
): Steps<ReadOfMany<Alert>> {
  const alerts: Alert[] = [];
  let count = 0;
  let without = 0;
  let mistake: Mistake | undefined;
  for (const [i, one] of given.entries()) {
    yield;
    const read = schema.safeParse(one);
    if (read.success) {
      alerts.push(read.data);
      const at = wrongAt(read.data);
      if (at === undefined) continue;
      without += 1;
      mistake ??= { path: `alerts.${i}.${at}`, message: wrongInstant };
      continue;
    }
    count += 1;
    mistake ??= mistakeOf(read.error, ['alerts', i]);
  }
  if (mistake === undefined) return { alerts };
  return {
    alerts,
    unreadable: { count: count + without, ...(without > 0 && { undated: without }), mistake },
  };
}

/**
 * Alerts that differ in what makes an alert what it is (`partsOf`: its labels) are different ones, although their sender
 * gives them one name: in a delivery that has several such, each name is made longer by a digest. An end goes by both
 * names (`alias`), since it may come without the others. A step each.
 */
export function* toldApart(
  alerts: readonly Incoming[],
  partsOf: (alert: Incoming) => readonly unknown[] = () => [],
): Steps<Incoming[]> {
  const seen = new Map<string, Set<string>>();
  const longer: string[] = [];
  for (const alert of alerts) {
    yield;
    const labels = Object.entries(alert.labels).toSorted(([one], [two]) => (one < two ? -1 : 1));
    const parts = JSON.stringify([labels, ...partsOf(alert)]);
    const name = `${alert.fingerprint} ${createHash('sha256').update(parts).digest('hex').slice(0, 16)}`;
    seen.set(alert.fingerprint, (seen.get(alert.fingerprint) ?? new Set()).add(name));
    longer.push(name);
  }
  return alerts.map((alert, i) => {
    const long = longer[i] ?? alert.fingerprint;
    const shared = (seen.get(alert.fingerprint)?.size ?? 0) > 1;
    const [fingerprint, alias] = shared ? [long, alert.fingerprint] : [alert.fingerprint, long];
    return { ...alert, fingerprint, ...(alert.status === 'resolved' && { alias }) };
  });
}

/** Links that may be shown: `https`, without credentials, on one of `linkHosts`. */
export function linksOf(
  given: readonly { label: string; url: string | undefined }[],
  { linkHosts }: Pick<CommonOptions, 'linkHosts'>,
): Link[] {
  const listed = (host: string | null): boolean => linkHosts.some((one) => linkHost(one) === host);
  return given.flatMap(({ label, url }) => {
    if (url === undefined || url.length > 2_000 || !URL.canParse(url)) return [];
    const parsed = new URL(url);
    const allowed =
      parsed.protocol === 'https:' &&
      parsed.username === '' &&
      parsed.password === '' &&
      listed(linkHost(parsed.host));
    return allowed ? [{ label, url: parsed.href }] : [];
  });
}

/** Characters of a mistake's path, and of what is wrong there. */
const most = { path: 120, message: 78 } as const;

/** Where a body is wrong, and what is wrong there. */
export interface Mistake {
  path: string;
  message: string;
}

/**
 * The first mistake of a body or of the part of it under `at`. Both texts may repeat names that the sender chose, and stand
 * in an answer, in Slack and in the log: at most 200 characters together, of which none controls a terminal.
 */
export function mistakeOf(error: z.ZodError, at: readonly PropertyKey[] = []): Mistake {
  const [issue] = error.issues;
  const path = [...at, ...(issue?.path ?? [])].map((part) => String(part).slice(0, most.path)).join('.');
  return {
    path: short(path || 'body', most.path),
    message: short(issue?.message ?? 'is wrong', most.message),
  };
}

/** A mistake as one text: `alerts.0.since: is no instant …`. */
export function spelt({ path, message }: Mistake): string {
  return `${path}: ${message}`;
}

/** Text from outside at most so long, without what cannot be seen or controls a terminal. */
export function short(text: string, length: number): string {
  const cut = text.length > length ? `${text.slice(0, length - 1)}…` : text;
  return cut.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}
