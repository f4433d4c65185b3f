import { createHash } from 'node:crypto';
import type { Catalog, Configured } from '../release/command.ts';
import { Fault } from '../release/fault.ts';
import type { ServiceRecord } from '../release/release.ts';
import { type RawSettings, type Roles, type Settings, settingsSchema } from '../release/settings.ts';
import { findingsOf, showPath } from './config-errors.ts';
import { type Names, resolve } from './env-substitution.ts';
import { withPresentKeys } from './former-keys.ts';
import { type ServiceOptions, serviceSchema } from './schema.ts';
import type { Seal } from './seal.ts';

/** What a catalog is made from. `roles`: the global ones; `channel`: the default one. */
export interface CatalogParts {
  services: ReadonlyMap<string, { raw: RawSettings; settings: Settings }>;
  roles: Roles;
  channel: string;
  names: Names;
  seal: Seal;
}

/** Settings stored in a record. Their digest in the record is not trusted. */
interface Held {
  text: string;
  digest: string;
  seal: string;
  settings?: Settings;
}

/** Makes the catalog of the file's services, and of those that only a record still knows. */
export function makeCatalog({ services, roles, channel, names, seal }: CatalogParts): Catalog {
  const held = (service: string, raw: RawSettings, text = canonical(raw)): Held => {
    return { text, digest: digestOfText(text), seal: seal(`${service}\n${text}`) };
  };
  const file = new Map<string, Configured & { text: string }>();
  for (const [name, { raw, settings }] of services) file.set(name, { ...held(name, raw), raw, settings });
  // Cached: every step of an operation asks for them, and they seldom change.
  const read = new Map<string, Held>();
  // A loaded record is frozen and read once: its settings need not be serialized for each question.
  const seen = new WeakMap<RawSettings, { service: string; its: Held }>();
  const heldBy = ({ service, settings }: ServiceRecord): Held => {
    const before = seen.get(settings);
    if (before?.service === service) return before.its;
    const text = canonical(settings);
    const known = [read.get(service), file.get(service)].find((each) => each?.text === text);
    const its = known ?? held(service, settings, text);
    read.set(service, its);
    if (Object.isFrozen(settings)) seen.set(settings, { service, its });
    return its;
  };
  return {
    names: () => [...file.keys()],
    find: (service) => file.get(service),
    // A stored service keeps its settings; who may act on it follows the present configuration.
    stored: (record) => {
      const its = heldBy(record);
      its.settings ??= readStored(record.settings, names);
      return {
        settings: { ...its.settings, roles: file.get(record.service)?.settings.roles ?? roles },
        raw: record.settings,
        digest: its.digest,
        seal: its.seal,
      };
    },
    vouchesFor: (record) => {
      const its = heldBy(record);
      return file.get(record.service)?.text === its.text || record.seal === its.seal;
    },
    channelOf: (settings) => settings.channel ?? channel,
  };
}

/**
 * Reads raw settings strictly, as adapters need them, with the values of `names`: `router`, `health`, `deploy`,
 * `hooks`, `probe`. Throws `Fault('bad-settings')`, which names paths and no values.
 */
export function readOptions(raw: RawSettings, names: Names): ServiceOptions {
  const read = serviceSchema.safeParse(resolve(withPresentKeys(raw), names));
  if (read.success) return read.data;
  throw badSettings(read.error);
}

/** The digest of raw settings: equal exactly for equal settings, in any order of keys. 16 hex digits. */
export function digestOf(raw: RawSettings): string {
  return digestOfText(canonical(raw));
}

function digestOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Reads the settings that a record keeps. */
function readStored(raw: RawSettings, names: Names): Settings {
  const read = settingsSchema.safeParse(resolve(withPresentKeys(raw), names));
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
