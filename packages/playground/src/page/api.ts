/**
 * The protocol between the playground's page and its server, as JSON on loopback. The server sends server-sent events
 * (`GET /events`: the event's name is the key in `Told`, its data the value; everything once at the start, then at each
 * change); the page calls `POST /api/<name>` (the key in `Asked`) and gets `Done`.
 */
import type { Color } from '../../../../src/release/color.ts';
import type { Ailment } from '../colors.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A block of Block Kit, unchecked. */
export type Block = { [key: string]: Json };

/** A message as it stands in the pretend Slack. */
export interface PageMessage {
  channel: string;
  ts: string;
  /** The parent of a reply; equal to `ts` for a parent that has replies. */
  threadTs?: string;
  /** User id. */
  user: string;
  text: string;
  blocks: Block[];
  /** Set for an ephemeral message: only this user sees it. */
  onlyFor?: string;
  /** The number of edits. */
  edits: number;
  /** True for a reply that the channel shows too. */
  broadcast: boolean;
}

/** An open modal, as `views.open` gave it. */
export interface PageView {
  id: string;
  /** The id of the user who sees it. */
  user: string;
  title: string;
  submit: string | null;
  close: string;
  blocks: Block[];
  /** The errors of the last submission, by block id. */
  errors: { [block: string]: string };
}

/** The events from the server to the page. */
export interface Told {
  /** The people and channels; sent once. `commands`: those that the composer offers, with usage and summary. */
  workspace: {
    bot: { id: string; name: string };
    people: { id: string; name: string; roles: ('operator' | 'approver' | 'admin')[] }[];
    /** Names of all users, groups and channels by id, for mentions. */
    names: {
      users: { [id: string]: string };
      groups: { [id: string]: string };
      channels: { [id: string]: string };
    };
    /** The conversation. Direct conversations are `@name`, by id. */
    channel: string;
    service: string;
    commands: { usage: string; summary: string; example: string }[];
  };
  messages: PageMessage[];
  views: PageView[];
  /** The stored record of the service, with what is stored next to it; null before the first look. */
  record: { record: Json; lease: Json; pendingRevert: Json } | null;
  /**
   * Requests of the last second, sent twice a second. `errors`: without a good answer. `at` in ms since 1970. `shade`:
   * one of the two of its color, the same for the whole run of the playground.
   */
  traffic: {
    at: number;
    answered: { color: string; version: string; perSecond: number; shade: 0 | 1 }[];
    errorsPerSecond: number;
  };
  /** Another color or version began to answer. */
  switched: { at: number; to: string };
  /** Sent to a page that opens: the traffic and the switches of the last two minutes, oldest first. */
  past: { traffic: Told['traffic'][]; switched: Told['switched'][] };
  levers: {
    colors: { [color in Color]: { version: string; ailment: Ailment | null } };
    /** What both colors share. */
    database: 'up' | 'down';
    router: { live: Color; unreachable: boolean };
    slack: 'up' | 'limited' | 'down';
    bot: 'running' | 'dead' | 'starting';
    /** The bot will be killed as soon as its next promote has switched the router. */
    killInPromote: boolean;
    storage: string;
  };
  /** The newest lines of the bot's log for people, oldest first. */
  log: { at: number; level: 'info' | 'warn' | 'error'; text: string }[];
}

/** The calls from the page to the server. */
export interface Asked {
  /** Sends typed text: a slash command, or a message that may mention the bot. */
  say: { person: string; channel: string; thread?: string; text: string };
  /** Presses a button or chooses in an overflow menu; the page has shown the confirm dialog already. */
  press: { person: string; channel: string; ts: string; action: string; option?: string };
  /** Sends a modal; `values` by block id and action id. */
  submit: { person: string; view: string; values: { [block: string]: { [action: string]: string } } };
  close: { person: string; view: string };
  lever:
    | { name: 'break'; color: Color; ailment: Ailment }
    | { name: 'fix'; color: Color }
    | { name: 'database'; to: 'down' | 'up' }
    | { name: 'router'; to: 'unreachable' | 'reachable' }
    | { name: 'move'; color: Color }
    | { name: 'slack'; to: '429' | 'down' | 'up' }
    | { name: 'bot'; to: 'kill' | 'kill-in-promote' | 'start' };
}

/**
 * The answer to a call. `error` is a sentence for the person: Slack's own message for a failed slash command, or what
 * was wrong.
 */
export type Done = { ok: true } | { ok: false; error: string };
