import { Fault } from '../../../../src/release/fault.ts';
import type { Answer, Call, Offer } from './wire.ts';

/** The ports of another process, with what the connection needs. */
export interface Remote<Ports> {
  ports: Ports;
  /** Takes an answer to one of the calls; ignores one without a caller. */
  take: (answer: Answer) => void;
  /** Says that the other process is gone: calls under way and later ones become faults. */
  lose: () => void;
}

/**
 * Makes ports whose methods run at the other end of `send`. `Ports` must be what is offered there. A call without an
 * answer is a `Fault('storage-unavailable')`, unclear when it was sent.
 */
export function remotePorts<Ports>(offer: Offer, send: (call: Call) => void): Remote<Ports> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (cause: Error) => void }>();
  let count = 0;
  let lost = false;

  function ask(port: string, method: string, args: unknown[]): Promise<unknown> {
    if (lost) return Promise.reject(gone(false));
    count += 1;
    const id = count;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      send({ kind: 'call', id, port, method, args });
    });
  }

  const ports = Object.entries(offer).map(([port, methods]) => [
    port,
    Object.fromEntries(
      methods.map((method) => [method, (...args: unknown[]) => ask(port, method, args)] as const),
    ),
  ]);
  return {
    ports: Object.fromEntries(ports) as Ports,
    take(answer) {
      const caller = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('value' in answer) caller?.resolve(freezeRecords(answer.value));
      else if ('fault' in answer) {
        const { code, message, unclear } = answer.fault;
        caller?.reject(new Fault(code, message, { unclear }));
      } else caller?.reject(new Error(answer.error));
    },
    lose() {
      lost = true;
      for (const { reject } of waiting.values()) reject(gone(true));
      waiting.clear();
    },
  };
}

/** Freezes records: callers share them, and a copy from the other process is not frozen. */
function freezeRecords(value: unknown): unknown {
  for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
    if (isObject(one) && 'record' in one) freeze(one['record']);
  return value;
}

function freeze(value: unknown): void {
  if (!isObject(value)) return;
  Object.values(value).forEach(freeze);
  Object.freeze(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function gone(unclear: boolean): Fault {
  return new Fault('storage-unavailable', 'The process that keeps the state is gone.', { unclear });
}
