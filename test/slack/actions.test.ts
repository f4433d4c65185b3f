import { expect, test } from 'vitest';
import { descriptions } from '../../src/release/verbs/index.ts';
import { actions } from '../../src/slack/actions.ts';
import { isCommand } from '../../src/slack/run-press.ts';

test('each button of a verb can be drawn, and each button that stands for a verb has one', () => {
  const buttons = descriptions.flatMap(({ button }) => (button === undefined ? [] : [button]));
  expect(buttons.filter((id) => !Object.hasOwn(actions, id))).toEqual([]);
  const verbs = Object.entries(actions).flatMap(([id, kind]) => (kind === 'verb' ? [id] : []));
  expect(verbs.filter((id) => !isCommand(id))).toEqual([]);
});
