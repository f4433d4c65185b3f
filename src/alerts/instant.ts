import { z } from 'zod';

/** The message for an instant that cannot be read. */
export const wrongInstant = 'is not a time of this century, such as 2026-11-20T22:46:31Z';
const wrong = { error: wrongInstant };

/** The earliest instant of a clock that was set. */
const earliest = Date.UTC(2000, 0);
const latest = Date.UTC(2100, 0);

/** Seconds, milli-, micro- and nanoseconds since 1970, told apart by their number of digits. */
const perMs = [0.001, 1, 1_000, 1_000_000];

/** A number since 1970 as an instant in ms; undefined: not an instant of this century. */
function sinceEpoch(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{10,19}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return undefined;
  return perMs.map((per) => Math.floor(number / per)).find((ms) => ms >= earliest && ms < latest);
}

/** Date and time, with or without a zone, as in RFC 3339, ISO 8601 and databases. */
const written = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,30})?) ?([Zz]|[+-]\d\d(?::?\d\d)?|)$/;

/** The value in RFC 3339; without a zone it is UTC. */
function withZone(value: unknown): unknown {
  const [, date, time, zone = ''] = typeof value === 'string' ? (written.exec(value) ?? []) : [];
  if (date === undefined || time === undefined) return value;
  const [, hours, minutes = '00'] = /^([+-]\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return `${date}T${time.replace(',', '.')}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`;
}

/**
 * An instant in ms since 1970: RFC 3339, or a number since 1970 in seconds or smaller units; UTC without a zone. Null,
 * an empty text and Go's zero time are 0: the sender does not know it.
 */
export const instantSchema = z.preprocess(
  (value) =>
    value === null || value === '' ? '1970-01-01T00:00:00Z' : (sinceEpoch(value) ?? withZone(value)),
  z.union(
    [
      z.number().min(earliest),
      z.iso
        .datetime({ offset: true })
        .max(64)
        // Digits beyond milliseconds are dropped.
        .transform((given) => Math.max(0, Date.parse(given.replace(/(\.\d{3})\d+/, '$1')))),
    ],
    wrong,
  ),
);

/** Stands for an unreadable instant, so that its alert is not lost. */
export const undated = Number.NaN;

/** An instant; `undated` for an unreadable one. */
export const anyInstant = instantSchema.catch(undated);

/** An instant that a set clock can have; `undated` for any other. */
export const anyMoment = instantSchema.refine((at) => at >= earliest && at < latest).catch(undated);
