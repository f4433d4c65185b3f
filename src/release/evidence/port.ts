/** Where processes keep what the pairs of a service say, so that another one can go on from it. */

/** What is kept about a service. */
export interface KeptEvidence {
  /** The store's clock, ms since 1970. */
  now: number;
  /** What `keep` got last: JSON, unread. Null: nothing within the last hour. */
  json: string | null;
  /** Somebody asked for pairs until this instant; 0: nobody. */
  wantedUntil: number;
}

/**
 * `of`: a service, or another name for what a process keeps of it (`mirror:<service>`). Every method throws `Fault('storage-unavailable')` when the storage does not answer.
 */
export interface EvidenceStore {
  load(of: string): Promise<KeptEvidence>;
  /** Keeps it for an hour. */
  keep(of: string, json: string): Promise<void>;
  /** Asks for pairs for `forMs` from now. `compare:<service>` is due now, unless a process already asks the colors. */
  want(service: string, forMs: number): Promise<void>;
}

/** How long evidence is kept after the last pair, ms. */
export const evidenceMs = 3_600_000;

/** The prefix of services in the agenda whose colors must be asked. */
export const compareDue = 'compare:';
