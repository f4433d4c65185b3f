import { z } from 'zod';
import { serviceNameSchema } from '../release/settings.ts';
import { linkHost } from './link-host.ts';

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
 * linked to, at port 443, or at the port that they name.
 */
export const commonOptions = {
  serviceLabel: z.string().min(1).max(128).default('service'),
  services: z.record(z.string(), serviceNameSchema).default({}),
  linkHosts: z.array(host).default([]),
};

/** The same, read. */
export interface CommonOptions {
  serviceLabel: string;
  services: Readonly<Record<string, string>>;
  linkHosts: readonly string[];
}
