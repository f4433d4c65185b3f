import { formatDuration } from '../release/duration.ts';
import { passes } from '../release/turn-gates.ts';
import type { Waiting } from '../release/turn-gates.ts';
import { line, typed } from '../release/line.ts';
import type { Answer } from '../release/command.ts';
import { underWay } from '../release/release.ts';
import { openWait } from '../release/wait-in-line.ts';
import type { CurrentWait } from '../release/wait-in-line.ts';
import type { CliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { waitProgress, waitWords } from './progress.ts';
import { fail, printNote } from './print.ts';
import type { Signals } from './signals.ts';

/**
 * Waits for the command's turn and submits it; waits again when another command was faster. Returns the answer, or the
 * exit code when the command had no turn, which it prints.
 */
export async function takeTurn(
  { parts, redis }: CliContext,
  command: Waiting,
  forMs: number,
  interrupted: Signals,
  send: () => Promise<Answer>,
): Promise<{ answer: Answer } | { code: number }> {
  const { verb, service } = command;
  const news = waitProgress();
  let unattended = false;
  const says = (waits: CurrentWait | undefined): void => {
    printNote(...news(waits, parts.clock.mono()));
    if (!waits || unattended) return;
    const { bake } = waits.record;
    if (!bake && !underWay(waits.record)) return;
    unattended = true;
    void redis.bots().then((bots) => {
      const what = bake ? 'nobody watches the bake, and only settle ends it' : 'nothing else continues it';
      if (bots === 0) printNote(line`  No bot is connected, so ${what}.`);
    });
  };
  const wait = openWait(parts, command, { forMs, stopping: interrupted.signal, says });
  try {
    for (;;) {
      const turn = await wait.turn();
      switch (turn.kind) {
        case 'turn': {
          const answer = await send();
          if (answer.ok || !passes(answer.refusal)) return { answer };
          break;
        }
        case 'refused':
          return { answer: turn.answer };
        case 'overtaken':
          return {
            code: fail(exitCodes.overtaken, {
              code: 'overtaken',
              message: line`${verb} of ${service} was replaced by ${turn.by}; nothing was done.`,
            }),
          };
        case 'over':
          return {
            code: fail(exitCodes.noTurn, {
              code: 'wait-over',
              message: line`${verb} of ${service} waited ${formatDuration(forMs)}, and its turn did not come; nothing was done.${turn.last ? line` It was ${waitWords(turn.last)}.` : []}`,
              next: line`Run it again, with a longer --wait; ${typed(`why ${service}`)} shows what blocks it.`,
            }),
          };
        case 'stopped':
          return {
            code: fail(interrupted.code(), {
              code: 'interrupted',
              message: line`${verb} of ${service} left the line; nothing was done.`,
            }),
          };
        default:
          turn satisfies never;
      }
    }
  } finally {
    await wait.leave();
  }
}
