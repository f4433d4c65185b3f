import { expect, it } from 'vitest';
import { notesOf } from '../../src/cli/break-glass.ts';
import type { Adapters, Router } from '../../src/release/ports.ts';
import { newData, pretendData } from '../support/pretend-data.ts';

const router: Router = {
  instances: ['r1'],
  live: async () => [],
  ready: async () => [],
  point: async () => [],
};
const adapters: Adapters = { router, health: [], hooks: [] };
const there = { end: 'there' as const, answers: [], cause: '' };

it('a move that turns no databases says so, where each color has its own', () => {
  const data = pretendData(newData(), { name: 'cli', turn: async () => {} });
  expect(notesOf({ ...adapters, data }, there, 'green').notes).toEqual([
    'The databases were not turned: green may take no writes until a bot has recorded the move',
  ]);
  expect(notesOf(adapters, there, 'green').notes).toEqual([]);
});
