/** Real PostgreSQL servers, each with a folder of its own, and databases of which one follows another. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './ports.ts';
import { executable, type Running, startProcess, temporaryFolder } from './processes.ts';

const run = promisify(execFile);
/** The password of every role in these servers. */
export const password = 'pg-pass-3f9a';

/** A real PostgreSQL that is ready for logical replication. The data outlive `kill` and `start`. */
export interface PostgresServer {
  readonly port: number;
  /** `postgres://<user>:…@127.0.0.1:<port>/<database>` */
  dsn(database: string, user?: string): string;
  /** Runs statements as a superuser, in a connection of their own; rows of the last one. */
  sql<Row extends object>(database: string, text: string): Promise<Row[]>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The path of a program of PostgreSQL: Debian keeps them in a folder for each version. */
function program(name: string): string {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return name;
  const versions = readdirSync(root).sort((one, other) => Number(other) - Number(one));
  return join(root, versions[0] ?? '', 'bin', name);
}

/** The command as a user that such servers accept: they refuse root. `uid`: that user, where it is another one. */
export async function asPostgres(
  command: string,
  args: string[],
): Promise<{ command: string; args: string[]; uid?: number }> {
  if (process.getuid?.() !== 0) return { command, args };
  const uid = Number((await run('id', ['-u', 'postgres'])).stdout);
  const flags = ['--reuid=postgres', '--regid=postgres', '--clear-groups', executable(command)];
  return { command: 'setpriv', args: [...flags, ...args], uid };
}

/** Starts a PostgreSQL. `settings`: lines of its configuration. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const port = await freePort();
  const dir = await temporaryFolder();
  const data = join(dir, 'data');
  const secret = join(dir, 'password');
  await writeFile(secret, password, { mode: 0o644 });
  const hosts = ['--auth-local=trust', '--auth-host=scram-sha-256', `--pwfile=${secret}`];
  const flags = ['-D', data, '-U', 'postgres', '--no-sync', '--no-locale', '-E', 'UTF8'];
  const made = await asPostgres(program('initdb'), [...flags, ...hosts]);
  if (made.uid !== undefined) await chown(dir, made.uid, -1);
  await run(made.command, made.args, { cwd: dir });
  const options = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${dir}`,
    'fsync=off',
    'wal_level=logical',
    'wal_retrieve_retry_interval=100ms',
    'shared_buffers=16MB',
    'autovacuum_naptime=1h',
    'max_connections=60',
    'max_replication_slots=30',
    'max_wal_senders=30',
    'max_logical_replication_workers=20',
    'max_worker_processes=30',
    'max_prepared_transactions=2',
    ...settings,
  ].flatMap((each) => ['-c', each]);
  const started = await asPostgres(program('postgres'), ['-D', data, ...options]);
  const begin = () =>
    startProcess({
      ...started,
      cwd: dir,
      ready: (output) => output().includes('ready to accept connections'),
    });
  let server: Running = await begin();
  const dsn = (database: string, user = 'postgres') =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  return {
    port,
    dsn,
    sql: (database, text) => sqlAt(dsn(database), text),
    kill: () => server.stop('SIGQUIT'),
    async start() {
      if (!server.alive()) server = await begin();
    },
    async stop() {
      await server.stop('SIGQUIT');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Runs statements in a connection of their own; rows of the last one. */
export async function sqlAt<Row extends object>(dsn: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: dsn });
  client.on('error', () => {});
  await client.connect();
  try {
    const results: unknown = await client.query(text);
    const last = (Array.isArray(results) ? results.at(-1) : results) as { rows: Row[] };
    return last.rows;
  } finally {
    await client.end();
  }
}

/** Two servers, for blue and green. */
export interface PostgresPair {
  blue: PostgresServer;
  green: PostgresServer;
  stop(): Promise<void>;
}

/** Starts both. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const [blue, green] = await Promise.all([startPostgres(), startPostgres()]);
  return {
    blue,
    green,
    async stop() {
      await Promise.all([blue.stop(), green.stop()]);
    },
  };
}

/** The role of the application, in every database. */
export const appRole = 'checkout_app';

/** Makes a database on both sides, of which green follows blue. */
export async function makeShop({ blue, green }: PostgresPair, database: string): Promise<void> {
  for (const server of [blue, green]) {
    await server.sql('postgres', `create database ${database}`);
    await server.sql(
      database,
      `do $$ begin create role ${appRole} login password '${password}'; exception when duplicate_object then end $$;
       create table orders (id bigserial primary key, note text);
       create table carts (id int generated by default as identity primary key, note text);
       grant all on all tables in schema public to ${appRole};
       grant all on all sequences in schema public to ${appRole};
       create publication checkout for all tables`,
    );
  }
  await green.sql(
    database,
    `alter role ${appRole} in database ${database} set default_transaction_read_only = on`,
  );
  await green.sql(
    database,
    `create subscription checkout_green connection '${blue.dsn(database)}'
     publication checkout with (slot_name = '${database}_green')`,
  );
}
