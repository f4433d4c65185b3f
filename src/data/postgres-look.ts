/** Asks a database how it stands in the replication of a publication. Changes nothing. */
import { createHash } from 'node:crypto';
import type { Color } from '../release/color.ts';
import type { PostgresOptions } from './postgres-options.ts';
import type { Session } from './postgres-client.ts';

/** A subscription to the publication. `slot` null: it has none at the other side. */
export interface Subscription {
  name: string;
  oid: string;
  enabled: boolean;
  slot: string | null;
}

/** A slot of logical replication of this database. */
export interface Slot {
  name: string;
  active: boolean;
  /** True: the server removed what it had kept for it. */
  lost: boolean;
}

/** What of one database matters for a turn. */
export interface Look {
  database: string;
  /** Whether the role exists, and whether its new sessions here can only read. */
  role: { exists: boolean; readOnly: boolean };
  subscriptions: Subscription[];
  slots: Slot[];
}

const looking = `
select current_database() as database,
  exists (select from pg_roles where rolname = $2) as "roleExists",
  coalesce((
    select split_part(c, '=', 2)::boolean
    from pg_db_role_setting s cross join unnest(s.setconfig) c
    left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
    where c like 'default_transaction_read_only=%'
      and (s.setrole = 0 or r.rolname = $2) and (s.setdatabase = 0 or d.datname = current_database())
    order by s.setrole <> 0 and s.setdatabase <> 0 desc, s.setrole <> 0 desc limit 1
  ), false) as "readOnly",
  (select coalesce(json_agg(json_build_object(
      'name', s.subname, 'oid', s.oid::text, 'enabled', s.subenabled, 'slot', s.subslotname)), '[]')
    from pg_subscription s join pg_database d on d.oid = s.subdbid
    where d.datname = current_database() and $1 = any (s.subpublications)) as subscriptions,
  (select coalesce(json_agg(json_build_object(
      'name', slot_name, 'active', active, 'lost', coalesce(wal_status = 'lost', false)) order by slot_name), '[]')
    from pg_replication_slots
    where database = current_database() and plugin = 'pgoutput' and not temporary) as slots`;

/** Looks at one database. Throws `SqlFailed`. */
export async function look(
  session: Session,
  { publication, role }: Pick<PostgresOptions, 'publication' | 'role'>,
): Promise<Look> {
  const [row] = await session.query<{
    database: string;
    roleExists: boolean;
    readOnly: boolean;
    subscriptions: Subscription[];
    slots: Slot[];
  }>(looking, [publication, role]);
  if (row === undefined) throw new Error('a query without a row');
  const { roleExists, readOnly, ...rest } = row;
  return { ...rest, role: { exists: roleExists, readOnly } };
}

/** The name of the subscription by which a color follows the other, and of its slot there. Slots are of a whole server. */
export function nameFor(publication: string, database: string, follower: Color): string {
  const readable = publication.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  const hash = createHash('sha256')
    .update(JSON.stringify([database, publication]))
    .digest('hex');
  return `switchback_${readable.slice(0, 30)}_${follower}_${hash.slice(0, 8)}`;
}

/**
 * The slot that keeps what the other side has not got: that of its subscription, or the one that was kept when the
 * subscription ended.
 */
export function slotFor(at: Look, follower: Subscription | undefined, ours: string): Slot | undefined {
  const { slots } = at;
  if (follower) return slots.find(({ name }) => name === follower.slot);
  const left = slots.filter(({ active }) => !active);
  return left.find(({ name }) => name === ours) ?? (left.length === 1 ? left[0] : undefined);
}
