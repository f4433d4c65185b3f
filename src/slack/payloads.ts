/**
 * Schemas of Slack's payloads, as far as the bot reads them. Signed, and still checked: anything may be missing or have
 * another shape.
 */
import { z } from 'zod';
import { serviceNameSchema } from '../release/settings.ts';

const userId = z.string().regex(/^[UW][A-Z0-9]+$/);

/** The body of a slash command. */
export const commandSchema = z.object({
  command: z.string(),
  text: z.string().default(''),
  user_id: userId,
  team_id: z.string(),
  channel_id: z.string(),
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
});

const about = {
  trigger_id: z.string().optional(),
  user: z.object({ id: userId, team_id: z.string().optional() }),
  team: z.object({ id: z.string() }).nullish(),
};

/** Copies the channel of a press from its container, where only that names it. */
function channelled(body: unknown): unknown {
  const { channel, container } =
    z
      .looseObject({ channel: z.unknown(), container: z.looseObject({ channel_id: z.unknown() }) })
      .partial()
      .safeParse(body).data ?? {};
  const id = container?.channel_id;
  return channel == null && typeof id === 'string' ? { ...(body as object), channel: { id } } : body;
}

/** The body of a press on a message's button. */
export const pressSchema = z.preprocess(
  channelled,
  z.object({
    ...about,
    response_url: z.string().optional(),
    channel: z.object({ id: z.string() }).optional(),
    container: z.object({
      message_ts: z.string().optional(),
      thread_ts: z.string().optional(),
      is_ephemeral: z.boolean().default(false),
    }),
    /** Absent for an ephemeral message. */
    message: z.object({ subtype: z.string().optional() }).optional(),
    actions: z
      .array(
        z.object({
          action_id: z.string(),
          value: z.string().optional(),
          /** The choice in a menu. */
          selected_option: z.object({ value: z.string() }).nullish(),
        }),
      )
      .min(1),
  }),
);
/** The body of a press, checked. */
export type PressBody = z.infer<typeof pressSchema>;

/** The body of a submitted modal. */
export const submissionSchema = z.object({
  ...about,
  view: z.object({
    id: z.string(),
    private_metadata: z.string(),
    state: z.object({
      values: z.record(z.string(), z.record(z.string(), z.looseObject({ value: z.string().nullish() }))),
    }),
  }),
});

/** The body of a mention. A bot's mention has `bot_id`, a workflow's mostly `workflow_id` too, and no `user`. */
export const mentionSchema = z.object({
  event_id: z.string(),
  authed_users: z.array(z.string()).default([]),
  authorizations: z.array(z.object({ user_id: z.string() })).default([]),
  event: z.object({
    user: userId.optional(),
    bot_id: z.string().optional(),
    workflow_id: z.string().optional(),
    text: z.string().default(''),
    ts: z.string(),
    /** Present once the message was edited. */
    edited: z.unknown().optional(),
    subtype: z.string().optional(),
    thread_ts: z.string().optional(),
    channel: z.string(),
    team: z.string().optional(),
    user_team: z.string().optional(),
  }),
});

/**
 * A button's value: service, release id, epoch, and the open request or stuck operation (`q`), where it is about one.
 * Hostile: it names what the button is about, and decides nothing.
 */
export const valueSchema = z.object({
  s: serviceNameSchema,
  r: z.string().max(100).nullable(),
  q: z.string().max(100).optional(),
  e: z.int(),
  /** Text for the modal. */
  w: z.string().max(300).optional(),
});
/** The value of a button, checked. */
export type ButtonValue = z.infer<typeof valueSchema>;

/** Reads JSON by a schema; undefined for anything else. */
export function readJson<S extends z.ZodType>(text: string | undefined, schema: S): z.infer<S> | undefined {
  if (text === undefined) return undefined;
  try {
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
