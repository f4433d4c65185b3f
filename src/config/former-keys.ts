import type { RawSettings } from '../release/settings.ts';
import { isGroup } from './services.ts';

/**
 * Brings stored settings with keys of an older version into the present form. Settings of the file are not changed: an
 * old key there is a mistake that names the new one.
 */
export function withPresentKeys(raw: RawSettings): RawSettings {
  const { alerts, ...rest } = raw;
  if (!isGroup(alerts)) return raw;
  const { compare, ...others } = alerts;
  if (!isGroup(compare)) return raw;
  if (rest['compare'] !== undefined) return { ...rest, alerts: others };
  const { url, token, ...metric } = compare;
  const prometheus = { url, ...(token !== undefined && { token }) };
  return { ...rest, alerts: others, compare: { prometheus, metrics: [metric] } };
}
