import type { Game } from './prompt-context.ts';
import { controlsOf } from '../../slack-double/src/index.ts';
import type { Confirm, Control, Message, Person, Press, Workspace } from '../../slack-double/src/index.ts';

/** A button, or an option of a select, that a person sees, with its message. */
export interface Found {
  message: Message;
  control: Control;
  /** Its label: of an option `Silence… 30 min`. */
  label: string;
  /** The option's value. */
  option?: string;
}

/** The buttons and options that this person sees, those of the newest message first. */
export function buttonsFor(workspace: Workspace, person: Person): Found[] {
  const { channels } = workspace.world;
  const visible = workspace
    .messages()
    .filter(({ channel, onlyFor }) => (onlyFor ?? person.id) === person.id && isIn(channel))
    .toReversed();
  function isIn(channel: string): boolean {
    return channels.get(channel)?.members.has(person.id) ?? false;
  }
  return visible.flatMap((message) =>
    controlsOf(message.blocks)
      .flatMap(choicesOf)
      .map((choice) => ({ message: structuredClone(message) as Message, ...choice })),
  );
}

/** The choices that a control offers. */
function choicesOf(control: Control): Omit<Found, 'message'>[] {
  const { type, label, options } = control;
  if (type === 'button') return [{ control, label }];
  if (type !== 'static_select') return [];
  return options.map((option) => ({ control, label: `${label} ${option.label}`, option: option.value }));
}

/** Finds the newest one by label, its first words or a button's action id; letter case and "…" do not count. */
export function findButton(workspace: Workspace, person: Person, name: string): Found | undefined {
  const wanted = plain(name);
  const all = buttonsFor(workspace, person);
  const whole = all.find(
    ({ control, label, option }) =>
      plain(label) === wanted || (option === undefined && control.actionId === name),
  );
  return (
    whole ?? all.find(({ label, option }) => option === undefined && plain(label).startsWith(`${wanted} `))
  );
}

/** Presses a button. `agree` answers its confirm dialog; undefined when it declined, and nothing was sent. */
export async function pressButton(
  person: Person,
  { message, control, option }: Found,
  agree: (dialog: Confirm) => Promise<boolean>,
): Promise<Press | undefined> {
  const press =
    option === undefined
      ? await person.presses(message, control.actionId)
      : await person.chooses(message, control.actionId, option);
  if (press.delivered || press.confirm === undefined) return press;
  if (await agree(press.confirm)) return press.accept();
  press.decline();
  return undefined;
}

function plain(name: string): string {
  return name.trim().toLowerCase().replaceAll('…', '');
}

/** `press <button> [yes]`, `press <select> <option>`: waits for the button, shows its dialog, and presses. */
export async function pressByName(rest: string, { town, who, print, ask, buttonMs }: Game): Promise<void> {
  const { workspace } = town;
  const person = workspace.person(who);
  const agreed = / yes$/i.test(rest);
  const name = agreed ? rest.replace(/ yes$/i, '') : rest;
  // Slack shows a new message's buttons a moment after the message.
  const found = await workspace
    .until(() => findButton(workspace, person, name), { withinMs: buttonMs })
    .catch(() => undefined);
  if (!found) {
    const labels = new Set(buttonsFor(workspace, person).map(({ label }) => label));
    const there = labels.size === 0 ? 'there are no buttons yet.' : `there is: ${[...labels].join(', ')}`;
    throw new Error(`${who} sees no button "${name}"; ${there}`);
  }
  const done = await pressButton(person, found, async ({ title, text, confirm, deny }) => {
    print(`┌ ${title}\n│ ${text}\n└ [${confirm}] [${deny}]`);
    return agreed || /^y(es)?$/i.test((await ask(`${confirm}? y/n `)) ?? '');
  });
  if (!done) print('Nothing was pressed.');
  else if (done.error) print(`Slack shows a warning sign next to the button: ${done.error}`);
}
