/** An operation that cannot finish; a person must decide. Pure. See docs/design.md#undo-and-stuck. */
import { closeSteps, markCard, addHistory, notify, userOf, mention } from '../draft.ts';
import type { Draft } from '../draft.ts';
import type { Color } from '../color.ts';
import { mayHaveWritten, noteLate } from '../late-writes.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import { moveTo } from '../machine.ts';
import { subjectOf } from '../release.ts';
import type { Code, Operation } from '../release.ts';

const nouns: Readonly<Record<Operation['kind'], string>> = {
  stage: 'staging',
  promote: 'promotion',
  revert: 'revert',
  restore: 'put-back',
};

/**
 * Marks an operation that is neither done nor undone: a person must look. It stays in the record for `retry`. `late`:
 * the colors of which a write may still be carried out.
 */
export function markStuck(
  draft: Draft,
  op: Operation,
  cause: string,
  code: Code = op.ending?.code ?? 'verify-failed',
  late: Iterable<Color> = mayHaveWritten(op),
): void {
  const { record } = draft;
  const release = subjectOf(record);
  closeSteps(draft, 'failed', cause);
  moveTo(record, 'stuck', op.kind === 'restore' ? null : release);
  // A person decides now; its writes may still be carried out, whatever they decide.
  record.reask = null;
  record.awaits = { at: fromNow(), silent: false };
  noteLate(record, late);
  if (release && op.kind !== 'restore') {
    release.code = code;
    release.cause = cause;
  }
  markCard(draft);
  addHistory(draft, op.actor, 'stuck', line`the ${op.kind} of ${record.service}: ${cause}`, code);
  notify(
    draft,
    'broadcast',
    line`${record.service}: the ${nouns[op.kind]} is ${{ bold: 'stuck' }}; nobody knows where traffic goes.${record.turn ? ' Its databases are half turned, so it may take no writes.' : ''} Press Revert if your alerts fire, else Retry. When a silent router answers, a message here says so. ${{ code }}: ${cause}. Asked for by ${mention(op.actor)}.`,
    {
      buttons: 'stuck',
      calls: 'operator',
      to: userOf(op.actor),
      ...(op.kind === 'revert' && { of: 'revert' as const }),
      ...(!release && { release: null }),
    },
  );
}
