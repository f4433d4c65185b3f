import type { Ids } from './ids.ts';
import { FIXED } from './ids.ts';
import type { JsonObject } from './json.ts';
import { textAt } from './json.ts';
import { stored } from './messages.ts';

/** A modal as Slack sends it, on a person's screen. */
export interface View {
  id: string;
  user: string;
  wire: JsonObject;
}

/** The modals on all screens; a person's last one is on top. */
export interface Views {
  open(user: string, view: JsonObject, previous?: View): View;
  change(view: View, to: JsonObject): void;
  find(id: string): View | undefined;
  ofPerson(user: string): View[];
  close(view: View): void;
  closeAll(user: string): void;
}

/** Starts without open modals. `changed` is called after every change. */
export function makeViews(ids: Ids, changed: () => void): Views {
  let list: View[] = [];
  const wire = (view: JsonObject, more: JsonObject): JsonObject => ({
    private_metadata: '',
    callback_id: '',
    clear_on_close: false,
    notify_on_close: false,
    external_id: '',
    close: null,
    submit: null,
    ...structuredClone(view),
    blocks: stored((view['blocks'] ?? []) as JsonObject[], ids),
    state: { values: {} },
    hash: `${ids.ts()}.${ids.secret().slice(0, 8)}`,
    team_id: FIXED.team,
    app_id: FIXED.app,
    app_installed_team_id: FIXED.team,
    bot_id: FIXED.bot,
    ...more,
  });
  const without = (keep: (view: View) => boolean) => {
    list = list.filter(keep);
    changed();
  };
  return {
    open(user, view, previous) {
      const id = ids.next('V');
      const root = previous ? (textAt(previous.wire, 'root_view_id') ?? previous.id) : id;
      const opened = {
        id,
        user,
        wire: wire(view, { id, previous_view_id: previous?.id ?? null, root_view_id: root }),
      };
      list.push(opened);
      changed();
      return opened;
    },
    change(view, to) {
      const { previous_view_id = null, root_view_id = view.id } = view.wire;
      view.wire = wire(to, { id: view.id, previous_view_id, root_view_id });
      changed();
    },
    find: (id) => list.find((view) => view.id === id || (id !== '' && view.wire['external_id'] === id)),
    ofPerson: (user) => list.filter((view) => view.user === user),
    close: (view) => without((one) => one !== view),
    closeAll: (user) => without((one) => one.user !== user),
  };
}
