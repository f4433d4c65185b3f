import { groupSchema } from './alert.ts';
import type { AlertGroup, IncomingAlert, Member } from './alert.ts';

const { members: membersSchema } = groupSchema.shape;

/** Returns a stored group, checked. Null for one that cannot be read; see `remainsOf`. */
export function readGroup(json: string): AlertGroup | null {
  const read = groupSchema.safeParse(parsed(json));
  return read.success ? read.data : null;
}

/**
 * Returns the readable parts of a group that cannot be read as a whole: it was damaged, or a newer version of the bot
 * wrote it.
 *
 * The next delivery replaces such a group by these parts. A record of a newer schema is left alone, but a record
 * moves traffic. If a delivery were refused until a newer replica takes it, it would be lost when its sender gives
 * up, or when the newer version is rolled back; and a lost alert is worse than a lost field of a card. The newer
 * replica reads the group like one that an older version wrote.
 */
export function remainsOf(json: string): Partial<AlertGroup> {
  const value = parsed(json);
  if (typeof value !== 'object' || value === null) return {};
  const fields = Object.entries(value as Record<string, unknown>).flatMap(([name, field]) => {
    if (name === 'members') return [[name, membersIn(field)]];
    const schema = Object.hasOwn(groupSchema.shape, name)
      ? groupSchema.shape[name as keyof typeof groupSchema.shape]
      : undefined;
    const read = schema?.safeParse(field);
    return read?.success === true ? [[name, read.data]] : [];
  });
  return Object.fromEntries(fields) as Partial<AlertGroup>;
}

/** Returns the group for a delivery when the stored one cannot be read: the readable parts, on an empty one. */
export function rebuilt(
  empty: AlertGroup,
  remains: Partial<AlertGroup>,
  incoming: readonly IncomingAlert[],
): AlertGroup {
  // What ends now was firing: it is one of those that cannot be read.
  const ending = incoming.filter(({ status }) => status === 'resolved');
  const members: Record<string, Member> = {
    ...Object.fromEntries(ending.map((alert) => [alert.fingerprint, wasFiring(alert)])),
    ...remains.members,
  };
  const fires = Object.values(members).some(({ status }) => status === 'firing');
  const { id, source, group, service, schema, revision } = empty;
  const status = remains.status ?? (fires ? 'firing' : 'resolved');
  return { ...empty, ...remains, status, members, id, source, group, service, schema, revision };
}

function wasFiring({ severity, title, summary, since }: IncomingAlert): Member {
  return { status: 'firing', severity, title, summary, since };
}

function membersIn(value: unknown): AlertGroup['members'] {
  if (typeof value !== 'object' || value === null) return {};
  const members = Object.entries(value as Record<string, unknown>).flatMap(([name, member]) => {
    const read = membersSchema.valueType.safeParse(member);
    return read.success ? [[name, read.data] as const] : [];
  });
  return Object.fromEntries(members);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
