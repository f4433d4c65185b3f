/**
 * What the playground's page and its server say to each other, as JSON on loopback. The server tells by server-sent
 * events (`GET /events`: the event's name is the key in `Told`, its data the value; everything once at the start, then
 * whenever it changes); the page asks by `POST /api/<name>` (the key in `Asked`) and gets `Done`.
 */
import type { Color } from '../../../../src/release/color.ts';
import type { Ailment } from '../colors.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Block = { [key: string]: Json };

/** A message as it stands in the pretend Slack. */
export interface PageMessage {
  channel: string;
  ts: string;
  /** Set for replies; equal to `ts` for a parent that has some. */
  threadTs?: string;
  /** User id. */
  user: string;
  text: string;
  blocks: Block[];
  /** Ephemeral: only this user sees it. */
  onlyFor?: string;
  /** How often it was edited. */
  edits: number;
  /** A reply that is shown in the channel too. */
  broadcast: boolean;
}

/** An open modal, as `views.open` gave it. */
export interface PageView {
  id: string;
  /** User id of whom it is open for. */
  user: string;
  title: string;
  submit: string | null;
  close: string;
  blocks: Block[];
  /** What the last submission was refused with, by block id. */
  errors: { [block: string]: string };
}

export interface Told {
  /** The cast and the places; told once. `commands`: what the composer knows, with usage and summary. */
  workspace: {
    bot: { id: string; name: string };
    people: { id: string; name: string; roles: ('operator' | 'approver' | 'admin')[] }[];
    /** Names of all users, groups and channels by id, for mentions. */
    names: {
      users: { [id: string]: string };
      groups: { [id: string]: string };
      channels: { [id: string]: string };
    };
    /** Where the bot speaks. Direct conversations are `@name`, by id. */
    channel: string;
    service: string;
    commands: { usage: string; summary: string; example: string }[];
  };
  messages: PageMessage[];
  views: PageView[];
  /** The service's record as the store has it; null before the first look. `wish` and `lease` lie next to it. */
  record: { record: Json; lease: Json; wish: Json } | null;
  /**
   * Requests of the last second, twice a second. `errors`: without a good answer. `at` in ms since 1970. `shade`: one
   * of the two of its color, the same for as long as the playground runs.
   */
  traffic: {
    at: number;
    answered: { color: string; version: string; perSecond: number; shade: 0 | 1 }[];
    errorsPerSecond: number;
  };
  /** Another color or version began to answer. */
  switched: { at: number; to: string };
  /** To a page that opens: the traffic and the switches of the last two minutes, oldest first. */
  past: { traffic: Told['traffic'][]; switched: Told['switched'][] };
  levers: {
    colors: { [color in Color]: { version: string; ailment: Ailment | null } };
    router: { live: Color; unreachable: boolean };
    slack: 'up' | 'limited' | 'down';
    bot: 'running' | 'dead' | 'starting';
    /** The bot is killed as soon as its next promote has switched the router. */
    killInPromote: boolean;
    storage: string;
  };
  /** The newest lines of the bot's log that a person can use, oldest first. */
  log: { at: number; level: 'info' | 'warn' | 'error'; text: string }[];
}

export interface Asked {
  /** Sends what was typed in the composer: a slash command, or a message that may mention the bot. */
  say: { person: string; channel: string; thread?: string; text: string };
  /** Presses a button or chooses in an overflow menu; the page has asked the confirm dialog already. */
  press: { person: string; channel: string; ts: string; action: string; option?: string };
  /** Sends a modal; `values` by block id and action id. */
  submit: { person: string; view: string; values: { [block: string]: { [action: string]: string } } };
  close: { person: string; view: string };
  lever:
    | { name: 'break'; color: Color; ailment: Ailment }
    | { name: 'fix'; color: Color }
    | { name: 'router'; to: 'unreachable' | 'reachable' }
    | { name: 'move'; color: Color }
    | { name: 'slack'; to: '429' | 'down' | 'up' }
    | { name: 'bot'; to: 'kill' | 'kill-in-promote' | 'start' };
}

/** `error` is a sentence for the person: Slack's own message for a slash command that failed, or what was wrong. */
export type Done = { ok: true } | { ok: false; error: string };
