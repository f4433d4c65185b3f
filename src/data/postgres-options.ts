import { z } from 'zod';
import { kindThatNeeds } from '../optional.ts';
import { durationSchema } from '../release/duration.ts';

/** A connection string as a URL. The message never repeats it: it may hold a password. */
const dsnSchema = z.string().refine(isPostgresUrl, 'must be a postgres:// URL that names a database');
const nameSchema = z.string().min(1).max(63);
const both = z.strictObject({ blue: dsnSchema, green: dsnSchema });

/**
 * Options of two PostgreSQL databases, of which one follows the other by logical replication. `maxLag`: ms. `role`: the
 * role by which the application writes. `peers`: how the two servers reach each other. `pgbouncer`: the consoles of
 * their PgBouncers.
 */
export const postgresOptions = z.strictObject({
  kind: kindThatNeeds('postgres-logical', 'pg'),
  ...both.shape,
  publication: nameSchema,
  role: nameSchema,
  maxLag: durationSchema
    .refine((ms) => ms >= 10 && ms <= 30_000, { error: 'must be from 10ms to 30s' })
    .prefault('1s'),
  sequences: z.int().min(0).max(1_000_000_000).default(1000),
  peers: both.optional(),
  pgbouncer: both.optional(),
});
/** They, parsed. */
export type PostgresOptions = z.output<typeof postgresOptions>;

function isPostgresUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^postgres(?:ql)?:$/.test(url.protocol) && url.pathname.length > 1;
}
