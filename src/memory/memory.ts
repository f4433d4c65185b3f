import { systemClock } from '../release/clock.ts';
import type { Clock } from '../release/clock.ts';
import type { AlertStore } from '../release/alerts/port.ts';
import type { EvidenceStore } from '../release/evidence/port.ts';
import type { SenderNotes } from '../release/sender-notes.ts';
import type { Agenda, Outbox, Store } from '../release/store.ts';
import { memoryAlerts } from './alerts.ts';
import { memoryEvidence } from './evidence.ts';
import { memoryAgenda } from './agenda.ts';
import { memoryOutbox } from './outbox.ts';
import { memorySenderNotes } from './sender-notes.ts';
import { newState } from './state.ts';
import { memoryStore } from './store.ts';

/**
 * Returns the ports that keep state, in this process: for the playground and for fast tests. The state is lost when
 * the process ends. `clock` is both the store's and the caller's. See docs/design.md#one-save.
 */
export function openMemory({ clock = systemClock }: { clock?: Clock } = {}): {
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
  alerts: AlertStore;
  senders: SenderNotes;
  evidence: EvidenceStore;
} {
  const state = newState(clock);
  return {
    store: memoryStore(state),
    agenda: memoryAgenda(state),
    outbox: memoryOutbox(state),
    alerts: memoryAlerts(state),
    senders: memorySenderNotes(state),
    evidence: memoryEvidence(state),
  };
}
