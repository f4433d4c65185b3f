/** One connection to a PostgreSQL server. Everything it does is bounded, and its messages hold no secret. */
import { Socket } from 'node:net';
import type { Client } from 'pg';
import { explainCode } from '../net/explain.ts';
import { firstWords } from '../net/first-words.ts';
import { onAbort } from '../net/on-abort.ts';
import { decoded } from '../net/url.ts';

const connectMs = 1_000;
const statementMs = 3_000;
const lockMs = 2_000;
/** How long the server may take to say goodbye, ms. */
const endMs = 500;

/** A statement that failed, in plain words. `lost`: the connection is gone, so nobody knows what became of it. */
export class SqlFailed extends Error {
  readonly lost: boolean;
  constructor(message: string, lost: boolean) {
    super(message);
    this.name = 'SqlFailed';
    this.lost = lost;
  }
}

/** An open connection. It never connects again. */
export interface Session {
  /** Runs one statement. Throws `SqlFailed`. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Quotes a name for SQL. */
  name(name: string): string;
  /** Quotes a text for SQL. */
  text(text: string): string;
  end(): void;
}

const states: Record<string, string> = {
  '28P01': 'it refuses the password',
  '28000': 'it refuses the login',
  '3D000': 'the database does not exist',
  '53300': 'it has no connection left',
  '55P03': 'a lock was not free in time',
  '57014': 'no answer in time',
  '57P01': 'the connection was ended by the server',
  '57P03': 'it is starting or stopping',
};

/**
 * Connects, as `application_name` switchback. `console`: to a PgBouncer's console, which knows no settings. The
 * connection ends with `signal`. Throws `SqlFailed`.
 */
export async function connect(dsn: string, signal: AbortSignal, { console = false } = {}): Promise<Session> {
  const { default: pg } = await import('pg');
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: dsn,
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs + endMs,
    application_name: 'switchback',
    stream: () => socket,
    ...(!console && {
      statement_timeout: statementMs,
      lock_timeout: lockMs,
      // What is changed here must not depend on the settings of the user.
      options: '-c default_transaction_read_only=off -c synchronous_commit=on -c idle_session_timeout=0',
    }),
  });
  // Without a listener a late error would end the process.
  client.on('error', () => {});
  const off = onAbort(signal, () => socket.destroy());
  const end = (): void => {
    off();
    leave(client, socket);
  };
  try {
    await client.connect();
  } catch (error) {
    end();
    throw failure(error, dsn);
  }
  return {
    async query<Row extends object>(sql: string, values?: readonly unknown[]) {
      try {
        return (await client.query<Row>(sql, values && [...values])).rows;
      } catch (error) {
        throw failure(error, dsn);
      }
    },
    name: (name) => client.escapeIdentifier(name),
    text: (text) => client.escapeLiteral(text),
    end,
  };
}

function leave(client: Client, socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), endMs);
  void client
    .end()
    .catch(() => {})
    .finally(() => {
      clearTimeout(timer);
      socket.destroy();
    });
}

function failure(error: unknown, dsn: string): SqlFailed {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  const fromServer = /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object);
  const lost = !fromServer || ['57P01', '57P02', '57P03'].includes(code);
  if (/^timeout expired|^Connection terminated due to connection timeout/.test(message))
    return new SqlFailed('no connection in time', true);
  if (message.startsWith('Query read timeout')) return new SqlFailed('no answer in time', true);
  if (/^(?:Connection terminated|Client )/.test(message))
    return new SqlFailed('the connection was ended', true);
  const words = states[code] ?? explainCode(code) ?? firstWords(message, '', secretsOf(dsn));
  return new SqlFailed(words === '' ? 'it failed' : words, lost);
}

/** The database of a connection string. */
export function databaseOf(dsn: string): string {
  return decoded(new URL(dsn).pathname.slice(1));
}

/** The parts of a connection string that no message may hold. */
export function secretsOf(dsn: string): string[] {
  const { password } = new URL(dsn);
  return [dsn, password, decoded(password)].filter((each) => each !== '');
}
