import { z } from 'zod';
import { durationSchema } from '../release/duration.ts';
import type { Severity } from '../release/alerts/alert.ts';
import { serviceNameSchema } from '../release/settings.ts';
import { linkHost } from './link-host.ts';
import { plainWord } from './severity.ts';

const known = z.enum(['critical', 'warning', 'info']);

/** Below this, each pause of a sender would be two messages in the channel, ms. */
const shortestSilenceMs = 10_000;

const host = z
  .string()
  .refine(
    (name) =>
      /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?(?::\d{1,5})?$/.test(name) && linkHost(name) !== null,
    { error: 'must be a host such as runbooks.example.com or runbooks.example.com:8443' },
  );

/**
 * What the options of every kind of source have. `serviceLabel` is the label that names the service, `services` says which
 * value is which service (without it, a value equal to a service's name is that service), `linkHosts` are hosts that may be
 * linked to, at port 443, or at the port that they name. `severities`: what words for severity mean, before their usual
 * meaning. `deadman`: for how long at most a source that works is silent, ms.
 */
export const commonOptions = {
  serviceLabel: z.string().min(1).max(128).default('service'),
  services: z.record(z.string(), serviceNameSchema).default({}),
  linkHosts: z.array(host).default([]),
  severities: z
    .record(z.string().min(1).max(40), known)
    .superRefine((given, context) => {
      const first = new Map<string, string>();
      for (const [word, severity] of Object.entries(given)) {
        const other = first.get(plainWord(word));
        if (other === undefined) first.set(plainWord(word), word);
        else if (given[other] !== severity)
          context.addIssue({ code: 'custom', path: [word], message: `is the same word as ${other}` });
      }
    })
    .optional(),
  deadman: durationSchema.refine((ms) => ms >= shortestSilenceMs, 'must be at least 10s').optional(),
};

/** What those kinds have whose alerts are of rules: `noData` is how bad one is at most that has no data, or cannot be asked. */
export const ruleOptions = { noData: known.optional() };

/** The same, read. */
export interface CommonOptions {
  serviceLabel: string;
  services: Readonly<Record<string, string>>;
  linkHosts: readonly string[];
  severities?: Readonly<Record<string, Severity>> | undefined;
  deadman?: number | undefined;
}

/** The same, read. */
export interface RuleOptions {
  noData?: z.infer<typeof known> | undefined;
}

/** What a source's own words for severity mean, by `plainWord`. */
export type Words = ReadonlyMap<string, Severity>;

/** The words of these options. */
export function wordsOf({ severities = {} }: Pick<CommonOptions, 'severities'>): Words {
  return new Map(Object.entries(severities).map(([word, severity]) => [plainWord(word), severity]));
}
