/** The type of an answer that counts. */
export type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

/** Wakes callers that wait for a change of the workspace. */
export interface Watch {
  changed: () => void;
  /** Calls back after every change, until the returned function is called. */
  follow(fn: () => void): () => void;
  /**
   * Resolves with the first truthy result of `look`, called now and after every change, and every 100 ms for changes
   * outside of the workspace. Rejects after `withinMs` with the text of `explain`.
   */
  until<T>(look: () => T | Promise<T>, withinMs: number, explain: () => string): Promise<Truthy<T>>;
  /** Rejects all waiting callers. */
  close(): void;
}

/** Starts without waiting callers. */
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
          () => stop(() => reject(new Error(`Waited ${withinMs} ms without success.\n${explain()}`))),
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
