import { z } from 'zod';
import { durationSchema } from '../release/duration.ts';
import type { Severity } from '../release/alerts/alert.ts';
import { serviceNameSchema } from '../release/settings.ts';
import { linkHost } from './link-host.ts';
import { plainWord } from './severity.ts';

const known = z.enum(['critical', 'warning', 'info']);

/** Shortest `deadman`, in ms: below it, each pause of a sender would cause two messages in the channel. */
const shortestSilenceMs = 10_000;

const host = z
  .string()
  .refine(
    (name) =>
      /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?(?::\d{1,5})?$/.test(name) && linkHost(name) !== null,
    { error: 'must be a host such as runbooks.example.com or runbooks.example.com:8443' },
  );

/**
 * The common options of all kinds of sources. `serviceLabel`: the label that names the service. `services`: which value
 * is which service (without it, a value equal to a service's name). `linkHosts`: hosts of allowed links, at port 443 or
 * the port they name. `severities`: meanings of severity words, before the usual ones. `deadman`: the longest silence
 * of a working source, ms.
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

/**
 * Options of kinds whose alerts come from rules. `noData`: the highest severity of a rule without data, or one that
 * cannot be evaluated.
 */
export const ruleOptions = { noData: known.optional() };

/** The common options, parsed. */
export interface CommonOptions {
  serviceLabel: string;
  services: Readonly<Record<string, string>>;
  linkHosts: readonly string[];
  severities?: Readonly<Record<string, Severity>> | undefined;
  deadman?: number | undefined;
}

/** The rule options, parsed. */
export interface RuleOptions {
  noData?: z.infer<typeof known> | undefined;
}

/** The meaning of a source's own severity words, by `plainWord`. */
export type Words = ReadonlyMap<string, Severity>;

/** The severity words of these options. */
export function severityWords({ severities = {} }: Pick<CommonOptions, 'severities'>): Words {
  return new Map(Object.entries(severities).map(([word, severity]) => [plainWord(word), severity]));
}
