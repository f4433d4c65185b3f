import { Fault } from '../../../../src/release/fault.ts';
import type { Answer, Call, Offer } from './wire.ts';

/** Objects whose own methods another process may call. */
export type Ports = object;

/** The callable methods of these ports: their own, without inherited ones. */
export function offerOf(ports: Ports): Offer {
  return Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [
      name,
      Object.keys(port as object).filter((key) => typeof (port as Methods)[key] === 'function'),
    ]),
  );
}

/** Runs a call. Never throws; a method that is not offered gets an error. */
export async function answerCall(ports: Ports, { id, port, method, args }: Call): Promise<Answer> {
  const offer = offerOf(ports);
  const offered = Object.hasOwn(offer, port) && offer[port]?.includes(method);
  if (!offered) return { kind: 'answer', id, error: `${port}.${method} is not offered` };
  try {
    const value: unknown = await (ports as Record<string, Methods>)[port]?.[method]?.(...args);
    return { kind: 'answer', id, value };
  } catch (error) {
    if (!(error instanceof Fault)) return { kind: 'answer', id, error: String(error) };
    const { code, message, unclear } = error;
    return { kind: 'answer', id, fault: { code, message, unclear } };
  }
}

type Methods = Record<string, (...args: unknown[]) => unknown>;
