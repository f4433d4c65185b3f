import type { z } from 'zod';
import type { Adapters, Hook } from '../release/ports.ts';
import { httpCall, httpHook, httpHookOptions } from './http.ts';
import type { feedHookSchema, WritesHookOptions } from './writes.ts';

export { feedHookSchema, writesHookShape } from './writes.ts';

/** Options of one hook. There is one kind, so that it has no `kind`. */
export const hookOptions = httpHookOptions;

/** How long one call of `off`, or of `mirror.hook`, may take with its repetitions, ms. Then it is called again later. */
const offMs = 10_000;

/** The options of one hook, parsed. */
export type HookOptions = z.output<typeof hookOptions>;

/** Makes one configured hook. */
export function makeHook(options: HookOptions): Hook {
  return httpHook(options);
}

/** Makes the hooks of `cutover.writes`, where it has some. `max`: how long `on` may take, ms. */
export function makeWritesHooks(options: WritesHookOptions | undefined): Pick<Adapters, 'writesHooks'> {
  const { mode, on, off, max } = options ?? {};
  if (mode !== 'hook' || !on || !off || max === undefined) return {};
  return {
    writesHooks: { on: httpCall({ ...on, deadline: max }), off: httpCall({ ...off, deadline: offMs }) },
  };
}

/** Makes the hooks of `mirror.hook`, where it has some. */
export function makeFeedHooks(
  options: z.output<typeof feedHookSchema> | undefined,
): Pick<Adapters, 'feedHooks'> {
  if (!options) return {};
  const made = ({ url }: { url: string }): Pick<Hook, 'name' | 'call'> => httpCall({ url, deadline: offMs });
  return { feedHooks: { on: made(options.on), off: made(options.off) } };
}
