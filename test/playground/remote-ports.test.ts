import { describe, expect, it } from 'vitest';
import { memoryEvidence } from '../../src/memory/evidence.ts';
import { memoryAgenda } from '../../src/memory/agenda.ts';
import { memoryAlerts } from '../../src/memory/alerts.ts';
import { openMemory } from '../../src/memory/memory.ts';
import { memoryOutbox } from '../../src/memory/outbox.ts';
import { entryOf, newState } from '../../src/memory/state.ts';
import { memorySenderNotes } from '../../src/memory/sender-notes.ts';
import { memoryStore } from '../../src/memory/store.ts';
import type { Storage } from '../../src/bot.ts';
import { remotePorts } from '../../packages/playground/src/bot/remote-ports.ts';
import type { Remote } from '../../packages/playground/src/bot/remote-ports.ts';
import { answerCall, offerOf } from '../../packages/playground/src/bot/serve-ports.ts';
import { Fault } from '../../src/release/fault.ts';
import { alertsContract } from '../store/alerts-contract.ts';
import { storeContract } from '../store/contract.ts';

/** These ports as another process has them: all that crosses is copied as the channel between processes copies it. */
function overTheWire(ports: Storage): Remote<Storage> {
  const remote: Remote<Storage> = remotePorts<Storage>(offerOf(ports), (call) => {
    void answerCall(ports, structuredClone(call)).then((answer) => remote.take(structuredClone(answer)));
  });
  return remote;
}

storeContract('memory, over the wire', async () => {
  let now = 1_700_000_000_000;
  const state = newState({
    now: () => now,
    mono: () => now,
    sleep: () => Promise.resolve(),
    after: () => () => {},
  });
  const open = () =>
    overTheWire({
      store: memoryStore(state),
      agenda: memoryAgenda(state),
      outbox: memoryOutbox(state),
      alerts: memoryAlerts(state),
      senders: memorySenderNotes(state),
      evidence: memoryEvidence(state),
    }).ports;
  return {
    ...open(),
    other: open(),
    now: async () => now,
    pass: async (ms) => {
      now += ms;
    },
    setBack: async (ms) => {
      now -= ms;
    },
    plant: async (service, json, revision) => {
      Object.assign(entryOf(state, service), { record: json, revision });
    },
    loseDue: async (name) => void state.due.delete(name),
  };
});

alertsContract('memory, over the wire', async () => overTheWire(openMemory()).ports);

describe('ports over the wire', () => {
  it('throw the Fault that was thrown where they are', async () => {
    const memory = openMemory();
    const ping = async () => {
      throw new Fault('bad-record', 'It is damaged.', { unclear: true });
    };
    const { ports } = overTheWire({ ...memory, store: { ...memory.store, ping } });
    const fault = await ports.store.ping().catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'bad-record', message: 'It is damaged.', unclear: true });
  });

  it('throw an unclear fault for a call that was sent when the channel breaks, a clear one for a later call', async () => {
    const { ports, lose } = remotePorts<Storage>({ store: ['ping'] }, () => {});
    const sent = ports.store.ping().catch((thrown: unknown) => thrown);
    lose();
    expect(await sent).toMatchObject({ code: 'storage-unavailable', unclear: true });
    const later = ports.store.ping();
    await expect(later).rejects.toMatchObject({ code: 'storage-unavailable', unclear: false });
  });

  it('offer their own methods and nothing that they inherit', async () => {
    const memory = openMemory();
    for (const [port, method] of [
      ['store', 'constructor'],
      ['store', 'hasOwnProperty'],
      ['__proto__', 'toString'],
      ['nothing', 'load'],
    ] as const) {
      const answer = await answerCall(memory, { kind: 'call', id: 7, port, method, args: [] });
      expect(answer).toEqual({ kind: 'answer', id: 7, error: `${port}.${method} is not offered` });
    }
  });
});
