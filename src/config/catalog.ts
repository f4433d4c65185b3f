import { createHash } from 'node:crypto';
import type { Catalog, Configured } from '../release/command.ts';
import { Fault } from '../release/fault.ts';
import type { ServiceRecord } from '../release/release.ts';
import { type RawSettings, type Roles, type Settings, settingsSchema } from '../release/settings.ts';
import { findingsOf, showPath } from './mistakes.ts';
import { type Env, resolve } from './names.ts';
import { type ServiceOptions, serviceSchema } from './schema.ts';

/** What a catalog is made from. `roles` are the global ones, `channel` the default one. */
export interface CatalogParts {
  services: ReadonlyMap<string, Configured>;
  roles: Roles;
  channel: string;
  env: Env;
}

/** The services of the file, and those that only a record still knows. */
export function makeCatalog({ services, roles, channel, env }: CatalogParts): Catalog {
  // Every step of an operation asks for them, and they change only with their digest.
  const read = new Map<string, { digest: string; settings: Settings }>();
  const settingsOf = (record: ServiceRecord): Settings => {
    const known = read.get(record.service);
    if (known?.digest === record.digest) return known.settings;
    const settings = readStored(record, env);
    read.set(record.service, { digest: record.digest, settings });
    return settings;
  };
  return {
    names: () => [...services.keys()],
    find: (service) => services.get(service),
    // A stored service keeps its settings; who may act on it is what is configured now (SPEC 10).
    stored: (record) => ({
      settings: { ...settingsOf(record), roles: services.get(record.service)?.settings.roles ?? roles },
      raw: record.settings,
      digest: record.digest,
    }),
    channelOf: (settings) => settings.channel ?? channel,
  };
}

/**
 * Reads raw settings strictly, as adapters are made from them, with the environment `env`: `router`, `health`, `deploy`,
 * `hooks`, `probe`. Throws `Fault('bad-settings')`, which names paths and no values.
 */
export function readOptions(raw: RawSettings, env: Env): ServiceOptions {
  const read = serviceSchema.safeParse(resolve(raw, env));
  if (read.success) return read.data;
  throw badSettings(read.error);
}

/** Digest of raw settings: equal exactly when they say the same, in whatever order. 16 hex digits. */
export function digestOf(raw: RawSettings): string {
  return createHash('sha256').update(canonical(raw)).digest('hex').slice(0, 16);
}

/** The settings that a record keeps. */
function readStored(record: ServiceRecord, env: Env): Settings {
  const read = settingsSchema.safeParse(resolve(record.settings, env));
  if (!read.success) throw badSettings(read.error);
  return read.data;
}

function badSettings(error: Parameters<typeof findingsOf>[0]): Fault {
  const words = findingsOf(error).map(({ path, message }) => `${showPath(path)}: ${message}`);
  return new Fault('bad-settings', words.join('; '));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([one], [two]) => (one < two ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
