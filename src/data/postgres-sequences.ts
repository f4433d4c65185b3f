/** Moves the sequences of the published tables, which replication leaves as they are. */
import type { Session } from './postgres-client.ts';
import type { Change } from './postgres-role.ts';

interface Sequence {
  schema: string;
  name: string;
  /** Null: never used. */
  last: string | null;
  step: string;
  readable: boolean;
  low: string;
  high: string;
  table: string;
  column: string;
}

const listing = `
select distinct on (s.oid) sn.nspname as schema, s.relname as name, q.last_value::text as last,
  q.increment_by::text as step, has_sequence_privilege(s.oid, 'select') as readable, q.min_value::text as low, q.max_value::text as high,
  format('%I.%I', t.schemaname, t.tablename) as "table", quote_ident(a.attname) as "column"
from pg_publication_tables t
join pg_namespace n on n.nspname = t.schemaname
join pg_class c on c.relnamespace = n.oid and c.relname = t.tablename
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef f on f.adrelid = c.oid and f.adnum = a.attnum
join pg_depend d on
  (d.classid = 'pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass)
  or (d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
    and d.refobjsubid = a.attnum and d.deptype in ('a', 'i'))
join pg_class s on s.relkind = 'S' and s.oid = case when d.classid = 'pg_attrdef'::regclass then d.refobjid else d.objid end
join pg_namespace sn on sn.oid = s.relnamespace
join pg_sequences q on q.schemaname = sn.nspname and q.sequencename = s.relname
where t.pubname = $1
order by s.oid`;

/** Lists the sequences that columns of the published tables own, or have in their defaults. */
export async function sequencesOf(session: Session, publication: string): Promise<Sequence[]> {
  return session.query<Sequence>(listing, [publication]);
}

/**
 * Moves each sequence of `to` to what is further of both sides, and `ahead` values more. Without `from`, to the last
 * value in its column.
 */
export async function moveSequences(
  { to, from }: { to: Session; from: Session | undefined },
  { publication, sequences: ahead }: { publication: string; sequences: number },
  change: Change,
): Promise<void> {
  const [own, others] = await Promise.all([
    sequencesOf(to, publication),
    from ? sequencesOf(from, publication) : [],
  ]);
  for (const sequence of own) {
    const { schema, name, table, column, step } = sequence;
    const down = BigInt(step) < 0n;
    const known = [sequence.last, others.find((one) => one.schema === schema && one.name === name)?.last];
    if (from === undefined) {
      const [row] = await to.query<{ last: string | null }>(
        `select ${down ? 'min' : 'max'}(${column})::text as last from ${table}`,
      );
      known.push(row?.last);
    }
    const values = known.flatMap((each) => (each === null || each === undefined ? [] : [BigInt(each)]));
    if (values.length === 0) continue;
    const furthest = values.reduce((one, other) => (one < other === down ? one : other));
    const moved = furthest + BigInt(ahead) * BigInt(step);
    const [low, high] = [BigInt(sequence.low), BigInt(sequence.high)];
    const value = moved < low ? low : moved > high ? high : moved;
    await change(to, `select setval(${to.text(`${to.name(schema)}.${to.name(name)}`)}, $1)`, [String(value)]);
  }
}
