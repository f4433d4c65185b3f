/** Tells PgBouncer to let clients wait, through its console. */
import { connect, SqlFailed } from './postgres-client.ts';

/** How long clients' transactions may take to end before it waits no longer, ms. */
const pauseMs = 1_000;

interface Pool {
  name: string;
  database: string;
  paused: string | number;
}

/** Lets clients of a database wait. Throws `SqlFailed`; then they do not wait. */
export async function pauseClients(console: string, database: string, signal: AbortSignal): Promise<void> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(pauseMs)]);
  try {
    await each(console, database, over, '0', 'pause');
  } catch (error) {
    await resumeClients(console, database).catch(() => {});
    if (over.aborted && !signal.aborted)
      throw new SqlFailed('work of its clients did not end in 1 s (does it use pool_mode = session?)', true);
    throw error;
  }
}

/** Lets clients of a database go on. Throws `SqlFailed`. */
export async function resumeClients(console: string, database: string): Promise<void> {
  await each(console, database, new AbortController().signal, '1', 'resume');
}

/** Whether clients of a database wait. Throws `SqlFailed`. */
export async function clientsWait(console: string, database: string, signal: AbortSignal): Promise<boolean> {
  const session = await connect(console, signal, { console: true });
  try {
    const pools = await session.query<Pool>('show databases');
    const ours = pools.filter((pool) => pool.database === database);
    if (ours.length === 0) throw new SqlFailed(`it has no database ${database}`, false);
    return ours.some(({ paused }) => String(paused) === '1');
  } finally {
    session.end();
  }
}

async function each(
  console: string,
  database: string,
  signal: AbortSignal,
  paused: '0' | '1',
  verb: 'pause' | 'resume',
): Promise<void> {
  const session = await connect(console, signal, { console: true });
  try {
    for (const pool of await session.query<Pool>('show databases'))
      if (pool.database === database && String(pool.paused) === paused)
        await session.query(`${verb} ${session.name(pool.name)}`);
  } finally {
    session.end();
  }
}
