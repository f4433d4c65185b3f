import { expect, test } from 'vitest';
import { memoryEvidence } from '../../src/memory/evidence.ts';
import { memoryAgenda } from '../../src/memory/agenda.ts';
import { openMemory } from '../../src/memory/memory.ts';
import { memoryOutbox } from '../../src/memory/outbox.ts';
import { entryOf, newState } from '../../src/memory/state.ts';
import { memorySenderNotes } from '../../src/memory/sender-notes.ts';
import { memoryStore } from '../../src/memory/store.ts';
import { alertsContract } from './alerts-contract.ts';
import { storeContract } from './contract.ts';
import { change, entry, record } from './record.ts';

test('a refusal a minute later is an entry of its own', async () => {
  let now = 0;
  const { store } = openMemory({
    clock: { now: () => now, mono: () => now, sleep: () => Promise.resolve(), after: () => () => {} },
  });
  await store.save(change(record('checkout'), 0));
  for (now of [0, 59_999, 60_000]) await store.note('checkout', entry('locked', 'refused'));
  expect((await store.history('checkout', 9)).map(({ times }) => times)).toEqual([1, 2]);
});

storeContract('memory', async () => {
  let now = 1_700_000_000_000;
  const state = newState({
    now: () => now,
    mono: () => now,
    sleep: () => Promise.resolve(),
    after: () => () => {},
  });
  const open = () => ({
    store: memoryStore(state),
    agenda: memoryAgenda(state),
    outbox: memoryOutbox(state),
    senders: memorySenderNotes(state),
    evidence: memoryEvidence(state),
  });
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

alertsContract('memory', async () => openMemory());
