/** Asks a database for all that decides whether it can take the writes, or follow. Changes nothing. */
import type { Session } from './postgres-client.ts';
import { look } from './postgres-look.ts';
import type { Look } from './postgres-look.ts';
import type { PostgresOptions } from './postgres-options.ts';
import { sequencesOf } from './postgres-sequences.ts';

/** A published table: its columns with their types, in order; `identity`: rows can be found by a key. */
export interface PublishedTable {
  table: string;
  columns: string[];
  identity: boolean;
}

/** What the gate looks at. */
export interface Facts extends Look {
  /** Equal for two connections to the same database. */
  server: string;
  user: string;
  standby: boolean;
  walLevel: string;
  /** `partly`: a table of which only some rows or columns are published. */
  published: { exists: boolean; whole: boolean; partly: string | null };
  tables: PublishedTable[];
  sequences: string[];
  /** A sequence whose value Switchback's user may not read. */
  hidden: string | undefined;
  /** Tables of the publication that the subscription here does not follow yet; `copying`: still being copied. */
  followed: string[];
  copying: string[];
  prepared: number;
  free: { slots: number; senders: number; workers: number };
  /** The longest transaction that has written, by now, s, and its process. */
  oldest: { pid: number; seconds: number } | null;
}

const asking = `
select pg_postmaster_start_time()::text || current_database() as server, current_user::text as "user",
  pg_is_in_recovery() as standby, current_setting('wal_level') as "walLevel",
  json_build_object(
    'exists', exists (select from pg_publication where pubname = $1),
    'whole', exists (
      select from pg_publication where pubname = $1 and pubinsert and pubupdate and pubdelete and pubtruncate),
    'partly', (select min(r.prrelid::regclass::text) from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
      where p.pubname = $1 and (to_jsonb(r) ->> 'prattrs' is not null or to_jsonb(r) ->> 'prqual' is not null))
  ) as published,
  (select coalesce(json_agg(json_build_object(
      'table', t.schemaname || '.' || t.tablename,
      'columns', (select coalesce(json_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attname), '[]')
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
      'identity', c.relreplident = 'f'
        or exists (select from pg_index i where i.indrelid = c.oid and i.indisvalid
          and (c.relreplident = 'd' and i.indisprimary or c.relreplident = 'i' and i.indisreplident))
      ) order by t.schemaname, t.tablename), '[]')
    from pg_publication_tables t join pg_namespace n on n.nspname = t.schemaname
    join pg_class c on c.relnamespace = n.oid and c.relname = t.tablename
    where t.pubname = $1) as tables,
  (select coalesce(json_agg(n.nspname || '.' || c.relname), '[]') from pg_subscription_rel r
    join pg_class c on c.oid = r.srrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_subscription s on s.oid = r.srsubid where $1 = any (s.subpublications)) as followed,
  (select coalesce(json_agg(n.nspname || '.' || c.relname), '[]') from pg_subscription_rel r
    join pg_class c on c.oid = r.srrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_subscription s on s.oid = r.srsubid where $1 = any (s.subpublications) and r.srsubstate <> 'r') as copying,
  (select count(*)::int from pg_prepared_xacts) as prepared,
  json_build_object(
    'slots', current_setting('max_replication_slots')::int - (select count(*) from pg_replication_slots),
    'senders', current_setting('max_wal_senders')::int - (select count(*) from pg_stat_replication),
    'workers', current_setting('max_logical_replication_workers')::int
      - (select count(*) from pg_stat_subscription where pid is not null)
  ) as free,
  (select json_build_object('pid', pid, 'seconds', extract(epoch from clock_timestamp() - xact_start)::int)
    from pg_stat_activity where backend_xid is not null and backend_type = 'client backend'
      and pid <> pg_backend_pid() and xact_start < clock_timestamp() - interval '1 second'
    order by xact_start limit 1) as oldest`;

/** Asks one side. Throws `SqlFailed`. */
export async function factsOf(session: Session, options: PostgresOptions): Promise<Facts> {
  const seen = await look(session, options);
  const [row] = await session.query<Omit<Facts, keyof Look | 'sequences' | 'hidden'>>(asking, [
    options.publication,
  ]);
  if (row === undefined) throw new Error('a query without a row');
  const sequences = await sequencesOf(session, options.publication);
  const named = sequences.map(({ schema, name, readable }) => ({ name: `${schema}.${name}`, readable }));
  const hidden = named.find(({ readable }) => !readable)?.name;
  return { ...seen, ...row, sequences: named.map(({ name }) => name), hidden };
}
