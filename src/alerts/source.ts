/** One kind of sender: how it proves who it is, and how its bodies are read. Another kind is one more file like these. */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { AlertSource } from './options.ts';
import type { Delivery, Link, Severity } from '../release/alerts/alert.ts';

/** A request as far as authenticity needs it. */
export interface Request {
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Ms since 1970 by this machine. */
  now: number;
}

/** What a body says, or where it is wrong. */
export type ReadBody = { ok: true; delivery: Omit<Delivery, 'source'> } | { ok: false; mistake: string };

export interface Source {
  /** True when these headers sign the body; else they alone prove who sent it. */
  signs(headers: IncomingHttpHeaders): boolean;
  authentic(request: Request, options: AlertSource): boolean;
  /** `json` is any JSON value. */
  read(json: unknown, options: AlertSource): ReadBody;
}

/** Alerts of one body; more are counted only. */
export const mostAlerts = 500;

/** A text of at most `most` characters; what is longer is cut, since the sender cannot help it. */
export function text(most: number) {
  return z.string().transform((all) =>
    all.length > most
      ? Array.from(all.slice(0, most * 2))
          .slice(0, most)
          .join('')
      : all,
  );
}

/** Labels or annotations: texts by name; null and missing are none. Others than texts are a mistake. */
export const labelsSchema = z
  .record(z.string().max(1_000), text(1_000))
  .refine((labels) => Object.keys(labels).length <= 200, 'has more than 200 entries')
  .nullish()
  .transform((labels) => labels ?? {});

/** An instant as RFC 3339; ms since 1970. Go's zero time is 0. */
export const instantSchema = z
  .string()
  .max(64)
  .transform((given, context) => {
    // Digits beyond milliseconds are none of ours.
    const at = Date.parse(given.replace(/(\.\d{3})\d+/, '$1'));
    if (!Number.isNaN(at)) return Math.max(0, at);
    context.addIssue({ code: 'custom', message: 'is no instant such as 2026-11-20T22:46:31Z' });
    return z.NEVER;
  });

const words: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  page: 'critical',
  fatal: 'critical',
  emergency: 'critical',
  error: 'critical',
  high: 'critical',
  p1: 'critical',
  sev1: 'critical',
  warning: 'warning',
  warn: 'warning',
  medium: 'warning',
  p2: 'warning',
  p3: 'warning',
  sev2: 'warning',
  info: 'info',
  informational: 'info',
  notice: 'info',
  low: 'info',
  none: 'info',
  p4: 'info',
  p5: 'info',
};

/** What a sender's word for severity means here. */
export function severityOf(word: string | undefined): Severity {
  const key = (word ?? '').trim().toLowerCase();
  return Object.hasOwn(words, key) ? (words[key] ?? 'unknown') : 'unknown';
}

/** Links that may be shown: `https`, without credentials, on one of `linkHosts`. */
export function linksOf(
  given: readonly { label: string; url: string | undefined }[],
  { linkHosts }: AlertSource,
): Link[] {
  return given.flatMap(({ label, url }) => {
    if (url === undefined || url.length > 2_000 || !URL.canParse(url)) return [];
    const parsed = new URL(url);
    const allowed =
      parsed.protocol === 'https:' &&
      parsed.username === '' &&
      parsed.password === '' &&
      linkHosts.includes(parsed.host);
    return allowed ? [{ label, url: parsed.href }] : [];
  });
}

/** The first mistake of a body, with its path. */
export function mistakeOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.map(String).join('.') || 'body'}: ${issue?.message ?? 'is wrong'}`;
}
