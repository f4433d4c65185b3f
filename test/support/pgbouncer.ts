/** A real PgBouncer before one database. */
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asPostgres, password } from './postgres.ts';
import type { PostgresServer } from './postgres.ts';
import { freePort } from './ports.ts';
import { type Running, startProcess, temporaryFolder } from './processes.ts';

/** A PgBouncer in transaction mode. */
export interface PgBouncer {
  /** Where clients connect. */
  dsn(user: string): string;
  /** Its console. */
  readonly console: string;
  stop(): Promise<void>;
}

/** Starts one; its database has the name of the real one with `pool_` before it. */
export async function startPgBouncer(
  server: Pick<PostgresServer, 'port'>,
  database: string,
  users: readonly string[],
): Promise<PgBouncer> {
  const port = await freePort();
  const dir = await temporaryFolder();
  const config = join(dir, 'pgbouncer.ini');
  const list = join(dir, 'users.txt');
  await writeFile(list, [...users, 'console'].map((user) => `"${user}" "${password}"\n`).join(''), {
    mode: 0o644,
  });
  await writeFile(
    config,
    `[databases]
pool_${database} = host=127.0.0.1 port=${server.port} dbname=${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${list}
admin_users = console
pool_mode = transaction
`,
    { mode: 0o644 },
  );
  const { command, args, uid } = await asPostgres('pgbouncer', [config]);
  if (uid !== undefined) await chown(dir, uid, -1);
  const running: Running = await startProcess({
    command,
    args,
    ready: (output) => output().includes('process up'),
  });
  return {
    dsn: (user) => `postgres://${user}:${password}@127.0.0.1:${port}/pool_${database}`,
    console: `postgres://console:${password}@127.0.0.1:${port}/pgbouncer`,
    async stop() {
      await running.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
