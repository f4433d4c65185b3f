/**
 * The tables of `src/release/machine.ts` as docs/design.md shows them, and the verbs as the pages on commands do.
 * `npm run tables` writes them there, between comments with their names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ends, rules, states, statuses, steps } from '../src/release/machine.ts';
import type { Cell, RuleOutcome, State } from '../src/release/machine.ts';
import { commandRows, exampleLines } from './verb-tables.ts';

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

const codes = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');

function outcome(to: RuleOutcome): string {
  return to === 'stays' || to.startsWith('→') ? to : `refused: \`${to}\``;
}

function words(cell: Cell): string {
  if (typeof cell === 'string') return outcome(cell);
  const { otherwise, ...rest } = cell;
  const cases = Object.entries(rest).map(([when, to]) => `${outcome(to)} if ${when}`);
  return `${cases.join('; ')}; else ${outcome(otherwise)}`;
}

/** Returns one row for the states in which a verb comes to the same. */
function rowsOf([verb, row]: [string, Record<State, Cell>]): string[][] {
  const all = [...new Set(states.map((state) => words(row[state])))];
  return all.map((to, i) => {
    const same = states.filter((state) => words(row[state]) === to);
    return [i === 0 ? `\`${verb}\`` : '', same.length === states.length ? 'every state' : codes(same), to];
  });
}

/** Returns what leads from one state to another: verbs first, then how work ends by itself. */
function edges(from: State): string[] {
  return states.flatMap((to) => {
    const verbs = Object.entries(rules).flatMap(([verb, row]) => {
      const cell: Cell = row[from];
      const outcomes = typeof cell === 'string' ? [cell] : Object.values(cell);
      return outcomes.includes(`→ ${to}`) ? [verb] : [];
    });
    const own: Partial<Record<State, string>> = ends[from];
    const why = [...verbs, ...(own[to] === undefined ? [] : [own[to]])];
    return why.length === 0 || from === to ? [] : [`    ${from} --> ${to}: ${why.join(', ')}`];
  });
}

const design: Record<string, string> = {
  diagram: [
    '```mermaid',
    'stateDiagram-v2',
    '    [*] --> idle: first adoption',
    ...states.flatMap(edges),
    '```',
  ].join('\n'),
  rules: table(['command', 'in', 'comes to'], Object.entries(rules).flatMap(rowsOf)),
  steps: table(
    ['operation', 'steps'],
    Object.entries(steps).map(([kind, names]) => [kind, names.map((name) => `\`${name}\``).join(' · ')]),
  ),
  statuses: table(
    ['state', 'status of the newest release'],
    states.map((state) => [`\`${state}\``, codes(statuses[state])]),
  ),
};

/** The pages with tables, and the tables by name. */
export const pages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/design.md': design,
  'docs/commands.md': { commands: table(['command', 'does', 'role'], commandRows) },
  'docs/command-line.md': { examples: ['```sh', ...exampleLines, '```'].join('\n') },
};

/** Returns a page with the tables of today. Throws when it has no place for one. */
export function withTables(text: string, page = 'docs/design.md'): string {
  return Object.entries(pages[page] ?? {}).reduce((before, [name, what]) => {
    const place = new RegExp(`(<!-- ${name} -->\n\n)[\\s\\S]*?(\n\n<!-- /${name} -->)`);
    if (!place.test(before)) throw new Error(`${page} has no place for the table ${name}`);
    return before.replace(place, (_, start: string, end: string) => `${start}${what}${end}`);
  }, text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const page of Object.keys(pages)) writeFileSync(page, withTables(readFileSync(page, 'utf8'), page));
