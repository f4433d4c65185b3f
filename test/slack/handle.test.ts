import { expect, test } from 'vitest';
import { Fault } from '../../src/release/fault.ts';
import { line } from '../../src/release/line.ts';
import { answerReply, drawReply, failureReply } from '../../src/slack/reply.ts';
import type { Reply } from '../../src/slack/reply.ts';
import { answerInTime } from '../../src/slack/handle.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };

/** A turn whose outcome comes after 4 s: what is said in time, and what is said then. */
async function late(outcome: () => Reply, reads?: string): Promise<{ at: string; afterwards: string[] }> {
  const clock = virtualClock();
  const said: string[] = [];
  const then: string[] = [];
  const turn = answerInTime(
    {
      receivedAt: clock.mono(),
      ...(reads === undefined ? {} : { reads }),
      run: async () => {
        await clock.sleep(4_000);
        return outcome();
      },
      answer: async (reply) => void said.push(drawReply(reply).text),
      later: async (reply) => void then.push(drawReply(reply).text),
    },
    { clock, log, signal: new AbortController().signal },
  );
  await clock.advance(2_999);
  await turn;
  expect(said).toHaveLength(1);
  await clock.advance(2_000);
  return { at: said[0] ?? '', afterwards: then };
}

const unclear = new Fault('storage-unavailable', 'no answer', { unclear: true });

test('a read that is slow says so in other words than a change, and is answered late', async () => {
  const { at, afterwards } = await late(() => ({ lines: [line`why checkout`] }), 'why');
  expect(at).toBe('why: this takes longer than usual; the answer follows.');
  expect(afterwards).toEqual(['why checkout']);
});

test('an answer that waits for both colors says so', async () => {
  const { at } = await late(() => ({ lines: [line`compare checkout`] }), 'compare');
  expect(at).toBe('compare: both colors are asked now; the answer follows within 10 s.');
});

test('a change that is slow is not confirmed, and its person gets the outcome later, also when it failed', async () => {
  const accepted = await late(() => answerReply({ ok: true, text: line`stage: goes on.` }));
  expect(accepted.at).toMatch(/^storage-unavailable: .*not confirmed/);
  expect(accepted.afterwards).toEqual(['stage: goes on.']);
  const away = await late(() => failureReply(new Fault('storage-unavailable', 'away')));
  expect(away.afterwards).toEqual([expect.stringMatching(/^storage-unavailable: .*nothing was done/)]);
});

test('an outcome that the submitter itself sends later is not sent twice', async () => {
  const refusal = { code: 'storage-unavailable' as const, why: line`Not confirmed.`, next: line`Wait.` };
  const { afterwards } = await late(() => answerReply({ ok: false, refusal, toldLater: true }));
  expect(afterwards).toEqual([]);
  expect((await late(() => failureReply(unclear))).afterwards).toHaveLength(1);
});
