/**
 * The interface of one kind of sender: how it proves its identity, and how its bodies are read. A new kind is one more
 * file in `sources/`.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { wrongInstant } from './instant.ts';
import { linkHost } from './link-host.ts';
import type { CommonOptions } from './options.ts';
import type { Steps } from './steps.ts';
import type { Delivery, IncomingAlert, Link } from '../release/alerts/alert.ts';

/** A request's parts before its body. */
export interface Head {
  headers: IncomingHttpHeaders;
  /** This machine's time, ms since 1970. */
  now: number;
}

/** Checks a body against its headers, piece by piece. */
export interface BodyProof {
  write(piece: Buffer): void;
  /** Called after the last piece. May ask elsewhere, with a deadline of its own. */
  end(): boolean | Promise<boolean>;
}

/** The alerts of a body, or where it is wrong. */
export type ReadAlerts = { ok: true; delivery: Omit<Delivery, 'source'> } | { ok: false; mistake: string };

/** The alerts of a body, an error, or null: a ping or the like, with nothing to store. */
export type ReadBody = ReadAlerts | { ok: true; delivery: null };

/** One configured source of alerts. */
export interface Source {
  /** The headers of a signature and of its time in seconds, where a sender signs the time. */
  signed?: { timestamp: string; signature: string };
  /**
   * Checks the headers before the body is read: true when they prove the sender, false when they cannot, otherwise the
   * check for the body. An impossible signature (too old, or malformed) is false, so that it takes no memory.
   */
  authentic: (head: Head) => boolean | BodyProof;
  /**
   * Reads an authentic body; `json` is any JSON object within the size bound. It works in steps, since there may be
   * thousands of alerts. It may return a promise, to answer its sender first, as SNS requires.
   */
  read: (json: object, headers: IncomingHttpHeaders) => Steps<ReadBody> | Promise<ReadBody>;
}

/** Most alerts of a `generic` body. */
export const mostAlerts = 500;
/** Most alerts read from a body that its sender cannot split; further ones are only counted. */
export const mostRead = 5_000;

/** A text of at most `most` characters; a longer one is cut, since its sender cannot shorten it. */
export function text(most: number) {
  return z.string().transform((all) => cut(all, most));
}

function cut(all: string, most: number): string {
  if (all.length <= most) return all;
  return Array.from(all.slice(0, most * 2))
    .slice(0, most)
    .join('');
}

/** The name of an alert within its group: a key of an object here, so that one name is forbidden. */
export function fingerprintSchema(most: number) {
  return z
    .string()
    .min(1)
    .max(most)
    .transform((given) => (given === '__proto__' ? '__proto' : given));
}

/** Numbers and booleans as texts; null is absent. Other values stay. */
export function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : (value ?? undefined);
}

/** Most labels or annotations of an alert, and most characters of a name and of a text. */
const mostTexts = { count: 200, name: 1_000, text: 1_000 } as const;

/** The first names of an object, up to one beyond the limit: a body may have a million. */
function namesIn(of: object): string[] {
  const names: string[] = [];
  for (const name in of) if (names.push(name) > mostTexts.count) break;
  return names;
}

/** Labels: texts by name; null and missing are absent. Lists and objects in them are an error. */
export const labelsSchema = z
  .unknown()
  .optional()
  .transform((given, context): Record<string, string> => {
    const wrong = (message: string, ...path: string[]): typeof z.NEVER => {
      context.addIssue({ code: 'custom', message, path });
      return z.NEVER;
    };
    if (given === undefined || given === null) return {};
    if (typeof given !== 'object' || Array.isArray(given)) return wrong('is not an object');
    const names = namesIn(given);
    if (names.length > mostTexts.count) return wrong(`has more than ${mostTexts.count} entries`);
    const texts: [string, string][] = [];
    for (const name of names) {
      const each = asText((given as Record<string, unknown>)[name]);
      if (each === undefined) continue;
      if (typeof each !== 'string') return wrong('is not text', name);
      if (name.length > mostTexts.name) return wrong('has too long a name', name);
      texts.push([name, cut(each, mostTexts.text)]);
    }
    return Object.fromEntries(texts);
  });

/**
 * Annotations: like labels, but only explanations. Values that are no text, long names and those beyond 200 are
 * dropped.
 */
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

/** The readable alerts of a body, with the number of others and the first error. */
export interface ReadOfMany<Alert> {
  alerts: Alert[];
  unreadable?: { count: number; undated?: number; mistake: BodyMistake };
}

/**
 * Reads each alert on its own, so that an unreadable one does not lose the others. An alert with only an unreadable
 * instant is counted too (`undated`), and kept. `wrongAt`: the name of that instant. One step each.
 */
export function* readEach<Alert>(
  given: readonly unknown[],
  schema: z.ZodType<Alert>,
  wrongAt: (alert: Alert) => string | undefined,
): Steps<ReadOfMany<Alert>> {
  const alerts: Alert[] = [];
  let count = 0;
  let without = 0;
  let mistake: BodyMistake | undefined;
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
 * Separates alerts with equal names. Alerts that differ in their identity (`partsOf`: their labels) are different, even
 * when their sender gives them one name: in a delivery with several such, a digest is added to each name. An end uses
 * both names (`alias`), since it may come without the others. One step each.
 */
export function* toldApart(
  alerts: readonly IncomingAlert[],
  partsOf: (alert: IncomingAlert) => readonly unknown[] = () => [],
): Steps<IncomingAlert[]> {
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

/** The allowed links: `https`, without credentials, on one of `linkHosts`. */
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

/** Most characters of an error's path, and of its message. */
const most = { path: 120, message: 78 } as const;

/** An error in a body: its place and its message. */
export interface BodyMistake {
  path: string;
  message: string;
}

/**
 * The first error of a body, or of the part of it under `at`. Both texts may repeat names from the sender, and appear
 * in an answer, in Slack and in the log: at most 200 characters together, without terminal controls.
 */
export function mistakeOf(error: z.ZodError, at: readonly PropertyKey[] = []): BodyMistake {
  const [issue] = error.issues;
  const path = [...at, ...(issue?.path ?? [])].map((part) => String(part).slice(0, most.path)).join('.');
  return {
    path: short(path || 'body', most.path),
    message: short(issue?.message ?? 'is wrong', most.message),
  };
}

/** An error as one text: `alerts.0.since: is no instant …`. */
export function spelt({ path, message }: BodyMistake): string {
  return `${path}: ${message}`;
}

/** Text from outside, cut to `length`, without invisible and control characters. */
export function short(text: string, length: number): string {
  const cut = text.length > length ? `${text.slice(0, length - 1)}…` : text;
  return cut.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}
