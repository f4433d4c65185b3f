/** The part of autocannon that the load generator uses. */
declare module 'autocannon' {
  interface Sent {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
  }
  interface Options {
    url: string;
    connections: number;
    /** Seconds. */
    duration?: number;
    /** Requests, instead of a duration. */
    amount?: number;
    /** Seconds. */
    timeout?: number;
    requests: readonly {
      setupRequest(request: Sent, context: Record<string, unknown>): Sent;
      onResponse(status: number, body: string): void;
    }[];
  }
  interface Result {
    errors: number;
    timeouts: number;
    /** Seconds. */
    duration: number;
  }
  interface Run extends PromiseLike<Result> {
    on(event: 'response', fn: (client: unknown, status: number, bytes: number, ms: number) => void): void;
  }
  function autocannon(options: Options): Run;
  export = autocannon;
}
