/** Reads what PostgreSQL's plugin pgoutput writes, version 1 of its protocol. */

/** A changed row: the values as text, by column; `old`: its key, or all of it. `at`: the commit, ms since 1970. */
export interface RowChange {
  table: string;
  change: 'insert' | 'update' | 'delete' | 'truncate';
  at: number;
  /** Where the transaction ends in the log. */
  end: bigint;
  row?: Record<string, string | null>;
  old?: Record<string, string | null>;
}

interface Relation {
  table: string;
  columns: string[];
}

/** Microseconds since 2000 are counted from here, ms. */
const epochMs = Date.UTC(2000, 0, 1);

/** Reads messages in their order. Only whole transactions count. */
export function readChanges(messages: Iterable<Buffer>): RowChange[] {
  const relations = new Map<number, Relation>();
  const all: RowChange[] = [];
  let open: RowChange[] = [];
  for (const message of messages) {
    const from = new Cursor(message);
    const kind = from.letter();
    switch (kind) {
      case 'B':
        open = [];
        break;
      case 'C': {
        from.skip(9);
        const end = from.int64();
        const at = epochMs + Number(from.int64() / 1000n);
        for (const change of open) all.push({ ...change, end, at });
        open = [];
        break;
      }
      case 'R': {
        const id = from.int32();
        const table = `${from.name()}.${from.name()}`;
        from.skip(1);
        const columns = Array.from({ length: from.int16() }, () => {
          from.skip(1);
          const name = from.name();
          from.skip(8);
          return name;
        });
        relations.set(id, { table, columns });
        break;
      }
      case 'T': {
        const count = from.int32();
        from.skip(1);
        for (let i = 0; i < count; i += 1) {
          const table = relations.get(from.int32())?.table ?? '';
          open.push({ table, change: 'truncate', at: 0, end: 0n });
        }
        break;
      }
      case 'I':
      case 'U':
      case 'D': {
        const relation = relations.get(from.int32());
        if (relation === undefined) break;
        const change = ({ I: 'insert', U: 'update', D: 'delete' } as const)[kind];
        const found: RowChange = { table: relation.table, change, at: 0, end: 0n };
        while (from.more()) {
          const part = from.letter();
          found[part === 'N' ? 'row' : 'old'] = from.tuple(relation.columns);
        }
        open.push(found);
        break;
      }
      default:
    }
  }
  return all;
}

class Cursor {
  private at = 0;
  private readonly bytes: Buffer;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
  more(): boolean {
    return this.at < this.bytes.length;
  }
  skip(count: number): void {
    this.at += count;
  }
  letter(): string {
    return String.fromCharCode(this.bytes.readUInt8(this.at++));
  }
  int16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }
  int32(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }
  int64(): bigint {
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }
  name(): string {
    const end = this.bytes.indexOf(0, this.at);
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
  /** One row. A value that is large and did not change is not in it. */
  tuple(columns: readonly string[]): Record<string, string | null> {
    const row: Record<string, string | null> = {};
    const count = this.int16();
    for (let i = 0; i < count; i += 1) {
      const kind = this.letter();
      const column = columns[i] ?? String(i);
      if (kind === 'n') row[column] = null;
      if (kind !== 't') continue;
      const length = this.int32();
      row[column] = this.bytes.toString('utf8', this.at, this.at + length);
      this.at += length;
    }
    return row;
  }
}
