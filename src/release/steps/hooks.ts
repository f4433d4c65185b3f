import type { Parts } from '../parts.ts';
import type { Adapters, HookCall, HookPoint } from '../ports.ts';

/**
 * Calls the hooks of one point in turn. `failed`: the first failure with `onFailure: stop`; `warnings`: with `warn`.
 */
export async function callHooks(
  parts: Parts,
  adapters: Adapters,
  at: HookPoint,
  body: Omit<HookCall, 'step'>,
  signal: AbortSignal,
): Promise<{ failed?: string; warnings: string[] }> {
  const warnings: string[] = [];
  for (const hook of adapters.hooks.filter((each) => each.at === at)) {
    const answer = await hook.call({ ...body, step: at }, `${body.release}/${at}`, signal);
    if (signal.aborted) return { warnings };
    if (answer.ok) continue;
    // Most reasons begin with the hook's own name.
    const words = `hook ${answer.reason.startsWith(hook.name) ? '' : `${hook.name}: `}${answer.reason}`;
    parts.log.warn(
      { service: body.service, release: body.release, step: at, reason: answer.reason },
      'A hook failed',
    );
    if (hook.onFailure === 'stop') return { failed: words, warnings };
    warnings.push(words);
  }
  return { warnings };
}
