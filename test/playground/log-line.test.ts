import { describe, expect, it } from 'vitest';
import { readLogLine } from '../../packages/playground/src/bot/log-line.ts';

const operation = {
  service: 'demo',
  release: '45a3c81a-ef01-4b75-b831-8f12d39ed4a9',
  operation: '18eef6ea-0907-4a79-8cc0-70e07842a983',
  kind: 'promote',
};

describe('a line of the log, as a person reads it', () => {
  it.each([
    [
      { actor: 'U0ZOE', service: 'demo', button: 'release.approve', ok: false, code: 'not-allowed' },
      'A press was answered',
      'U0ZOE · approve demo · refused: not-allowed',
    ],
    [
      { actor: 'U0BOB', service: 'demo', button: 'alert.silence', ok: true },
      'A press was answered',
      'U0BOB · silence demo · ok',
    ],
    [{ actor: 'U0ANN', verb: 'stage', service: 'demo' }, 'A command was answered', 'U0ANN · stage demo · ok'],
    [
      { actor: 'U0ANN', verb: 'stage', service: 'demo', code: 'locked' },
      'A command was answered',
      'U0ANN · stage demo · refused: locked',
    ],
    [
      { actor: 'U0ZOE', what: 'promote', service: 'demo', code: 'not-allowed' },
      'A person outside the workspace was refused',
      'U0ZOE · promote demo · refused: not-allowed',
    ],
    [{ ...operation, step: 'ask-router' }, 'A step begins', 'promote demo · asks the router'],
    [{ ...operation, step: 'switch' }, 'A step begins', 'promote demo · switches the router'],
    [
      { ...operation, step: 'switch', outcome: 'live', ms: 53 },
      'The operation ended',
      'promote demo · ended: live',
    ],
    [
      { ...operation, step: 'switch', router: 'green' },
      'An operation was taken over',
      'An operation was taken over (demo, promote)',
    ],
    [{ team: 'T0PLAY', bot: 'U0SWITCHBOT' }, 'Slack accepted the bot token', 'Slack accepted the bot token'],
  ])('says of %j: %s', (facts, msg, text) => {
    const line = { level: 30, time: 5, pid: 1, ...facts, msg };
    expect(readLogLine(JSON.stringify(line))).toEqual({ at: 5, level: 'info', text, pino: 30 });
  });

  it('says why something failed', () => {
    const facts = { ...operation, step: 'switch', err: { message: 'no answer within 2 s' } };
    const line = { level: 50, time: 5, ...facts, msg: 'An operation cannot continue' };
    expect(readLogLine(JSON.stringify(line))).toMatchObject({
      level: 'error',
      text: 'An operation cannot continue (demo, promote): no answer within 2 s',
    });
  });

  it('leaves out what is below info, and what is no line of the log', () => {
    expect(readLogLine('{"level":20,"msg":"hm"}')).toBeUndefined();
    expect(readLogLine('hm')).toBeUndefined();
  });
});
