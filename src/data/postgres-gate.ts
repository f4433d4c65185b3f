/** Decides whether two databases can be turned round, from what they say. Pure. */
import type { Color } from '../release/color.ts';
import { otherColor } from '../release/color.ts';
import type { Facts, PublishedTable } from './postgres-facts.ts';
import { nameFor, slotFor } from './postgres-look.ts';
import type { PostgresOptions } from './postgres-options.ts';

/** What is wrong, and what to do: sentences without their full stop. */
export interface Wrong {
  why: string;
  fix: string;
}

/** The slot to look at: `to` follows by it. `turned`: it takes the writes already. */
export type Verdict = { slot: string } | { turned: true } | Wrong;

type Both = Record<Color, Facts>;

/** Finds the first thing that stops a turn to `to`, or the slot by which it follows. */
export function judge(both: Both, to: Color, options: PostgresOptions): Verdict {
  const from = otherColor(to);
  const colors = [from, to] as const;
  const { server } = both[to];
  if (server === both[from].server)
    return {
      why: 'cutover.data.blue and cutover.data.green lead to the same database',
      fix: 'give each color a database of its own',
    };
  for (const color of colors) {
    const wrong = alone(both[color], color, options);
    if (wrong) return wrong;
  }
  return different(both, from, to) ?? direction(both, from, to, options);
}

/** What is wrong with one database by itself. */
function alone(facts: Facts, color: Color, { publication, role }: PostgresOptions): Wrong | undefined {
  const setUp = 'see "Set up" in docs/data.md';
  if (facts.standby)
    return {
      why: `the database of ${color} is a standby, which cannot be written`,
      fix: `let cutover.data.${color} lead to its primary`,
    };
  if (facts.walLevel !== 'logical')
    return {
      why: `wal_level of the database of ${color} is ${facts.walLevel}`,
      fix: "set wal_level = 'logical' there and restart it",
    };
  if (!facts.role.exists)
    return {
      why: `the database of ${color} has no role ${role}`,
      fix: 'correct cutover.data.role, or create the role',
    };
  if (facts.user === role)
    return {
      why: `Switchback uses the role ${role} in the database of ${color}, as the application does`,
      fix: `give Switchback a user of its own in cutover.data.${color}`,
    };
  if (!facts.published.exists)
    return { why: `the database of ${color} has no publication ${publication}`, fix: setUp };
  if (!facts.published.whole)
    return {
      why: `the publication ${publication} of ${color} leaves out inserts, updates, deletes or truncates`,
      fix: `alter publication ${publication} set (publish = 'insert, update, delete, truncate')`,
    };
  if (facts.published.partly !== null)
    return {
      why: `the publication ${publication} of ${color} has only some rows or columns of ${facts.published.partly}`,
      fix: 'publish the whole table',
    };
  if (facts.hidden !== undefined)
    return {
      why: `Switchback's user may not read the sequence ${facts.hidden} of ${color}`,
      fix: 'grant it select and update on all sequences',
    };
  if (facts.tables.length === 0)
    return { why: `the publication ${publication} of ${color} has no table`, fix: setUp };
  const bare = facts.tables.find(({ identity }) => !identity);
  if (bare)
    return {
      why: `the table ${bare.table} of ${color} has no primary key`,
      fix: 'give it one, or set its replica identity: without it no update and no delete is possible',
    };
  if (facts.prepared > 0)
    return {
      why: `the database server of ${color} has ${facts.prepared} prepared transactions`,
      fix: 'commit or roll back what pg_prepared_xacts lists',
    };
  if (facts.free.slots < 1 || facts.free.senders < 1 || facts.free.workers < 1) {
    const [setting] = (
      [
        ['max_replication_slots', facts.free.slots],
        ['max_wal_senders', facts.free.senders],
        ['max_logical_replication_workers', facts.free.workers],
      ] as const
    ).find(([, free]) => free < 1) ?? ['max_replication_slots'];
    return {
      why: `the database server of ${color} has no free place by ${setting}`,
      fix: `raise ${setting} there, or drop what is not used`,
    };
  }
  return undefined;
}

/** How the two sides differ. */
function different(both: Both, from: Color, to: Color): Wrong | undefined {
  const fix = 'make it the same on both sides';
  for (const [one, other] of [
    [from, to],
    [to, from],
  ] as const) {
    for (const { table, columns } of both[one].tables) {
      const there: PublishedTable | undefined = both[other].tables.find((each) => each.table === table);
      if (there === undefined)
        return { why: `the table ${table} is published by ${one}, and not by ${other}`, fix };
      const odd = columns.find((column) => !there.columns.includes(column));
      if (odd !== undefined)
        return { why: `the column ${table}.${odd} is on ${one}, and not on ${other}`, fix };
    }
    const odd = both[one].sequences.find((sequence) => !both[other].sequences.includes(sequence));
    if (odd !== undefined) return { why: `the sequence ${odd} is on ${one}, and not on ${other}`, fix };
  }
  return undefined;
}

/** Who follows whom, and whether that is sound. */
function direction(both: Both, from: Color, to: Color, { publication, role }: PostgresOptions): Verdict {
  const [following] = both[to].subscriptions;
  const [followed] = both[from].subscriptions;
  if (following && followed)
    return {
      why: 'the databases follow each other',
      fix: `drop the subscription ${following.name} or ${followed.name}`,
    };
  if (!following && !followed) {
    const kept = slotFor(both[from], undefined, nameFor(publication, both[from].database, to));
    return {
      why: `neither database follows the other${kept ? `; the slot ${kept.name} on ${from} keeps what ${to} may not have` : ''}`,
      fix: kept
        ? 'look at it with switchback missed, then set replication up again: docs/data.md'
        : 'set replication up: docs/data.md',
    };
  }
  if (followed && both[from].role.readOnly && !both[to].role.readOnly) return { turned: true };
  const follower = followed ? from : to;
  const source = otherColor(follower);
  const subscription = following ?? followed;
  if (!both[follower].role.readOnly)
    return {
      why: `${role} may write in the database of ${follower}, which follows ${source}`,
      fix: `alter role ${role} in database ${both[follower].database} set default_transaction_read_only = on, there, and end its sessions`,
    };
  const { name = '', slot = null, enabled = false } = subscription ?? {};
  if (!enabled || slot === null)
    return {
      why: `the subscription ${name} of ${follower} is disabled`,
      fix: `alter subscription ${name} enable`,
    };
  const [copying] = both[follower].copying;
  if (copying !== undefined)
    return { why: `the table ${copying} is still copied to ${follower}`, fix: 'wait until that has ended' };
  const missing = both[source].tables.find(({ table }) => !both[follower].followed.includes(table));
  if (missing)
    return {
      why: `${follower} does not follow the table ${missing.table}`,
      fix: `alter subscription ${name} refresh publication, on ${follower}`,
    };
  const lost = both[source].slots.find((each) => each.name === slot)?.lost;
  if (lost !== false)
    return {
      why:
        lost === undefined
          ? `the database of ${source} has no slot ${slot}, by which ${follower} follows`
          : `the database of ${source} has removed what ${follower} has not got yet`,
      fix: 'set replication up again: docs/data.md',
    };
  const { oldest } = both[to];
  if (oldest)
    return {
      why: `a transaction has written on ${to} for ${oldest.seconds} s and not ended (process ${oldest.pid})`,
      fix: 'end it, or wait: the turn would wait for it',
    };
  // The writable side is the one that is asked for: its own way is only opened.
  return followed ? { turned: true } : { slot };
}
