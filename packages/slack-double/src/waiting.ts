/** What is left of an answer once it counts as one. */
export type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

/** Wakes whoever waits for the workspace to change. */
export interface Watch {
  changed: () => void;
  /** Calls back after every change, until the returned function is called. */
  follow(fn: () => void): () => void;
  /**
   * Resolves with the first truthy answer of `look`, asked now and after every change, and every 100 ms for what
   * happens outside the workspace. Rejects after `withinMs` with what `explain` says.
   */
  until<T>(look: () => T | Promise<T>, withinMs: number, explain: () => string): Promise<Truthy<T>>;
  /** Rejects everybody who still waits. */
  close(): void;
}

/** Nobody waits yet. */
export function makeWatch(): Watch {
  const waiting = new Set<{ look: () => void; end: () => void }>();
  const followers = new Set<() => void>();
  return {
    changed() {
      waiting.forEach(({ look }) => look());
      followers.forEach((fn) => fn());
    },
    follow(fn) {
      followers.add(fn);
      return () => void followers.delete(fn);
    },
    until(look, withinMs, explain) {
      return new Promise((resolve, reject) => {
        let busy = false;
        let again = false;
        const waiter = {
          look: () => void peek(),
          end: () => stop(() => reject(new Error('The workspace was closed'))),
        };
        const tick = setInterval(waiter.look, 100);
        const timer = setTimeout(
          () => stop(() => reject(new Error(`Waited ${withinMs} ms in vain.\n${explain()}`))),
          withinMs,
        );
        const stop = (settle: () => void) => {
          clearInterval(tick);
          clearTimeout(timer);
          waiting.delete(waiter);
          settle();
        };
        const peek = async () => {
          again = busy;
          if (busy) return;
          busy = true;
          try {
            const seen = await look();
            if (seen) stop(() => resolve(seen as Truthy<typeof seen>));
          } catch (error) {
            stop(() => reject(error instanceof Error ? error : new Error(String(error))));
          }
          busy = false;
          if (again) void peek();
        };
        waiting.add(waiter);
        waiter.look();
      });
    },
    close: () => [...waiting].forEach(({ end }) => end()),
  };
}
