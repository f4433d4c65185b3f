import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { manifestLink } from '../scripts/manifest-link.mjs';
import { METHODS } from '../packages/slack-double/src/scopes.ts';
import { descriptions } from '../src/release/verbs/index.ts';

interface Manifest {
  features: { slash_commands: { command: string; url?: string; should_escape: boolean }[] };
  oauth_config: { scopes: { bot: string[] } };
  settings: {
    event_subscriptions: { bot_events: string[]; request_url?: string };
    interactivity: { is_enabled: boolean; request_url?: string };
    socket_mode_enabled: boolean;
  };
}

const text = readFileSync('manifest.yml', 'utf8');
const manifest = parse(text) as Manifest;
const granted = manifest.oauth_config.scopes.bot;

/** Scope that Slack asks for before an event is sent. */
const eventScopes: Record<string, string> = { app_mention: 'app_mentions:read' };

/** As Slack reads it when the marks are taken off for HTTP. */
const byHttp = text
  .replaceAll(/# ((?:request_)?url:)/g, '$1')
  .replace('socket_mode_enabled: true', 'socket_mode_enabled: false');

function validator() {
  const folder = 'test/fixtures/slack/manifest-schema/schemas';
  const schema = JSON.parse(readFileSync(join(folder, 'manifest.schema.2.0.0.json'), 'utf8')) as object;
  return new Ajv({ strict: false, allErrors: true, logger: false }).compile(schema);
}

describe('the manifest', () => {
  const valid = validator();

  test("is valid by Slack's schema, in Socket Mode and by HTTP", () => {
    for (const one of [text, byHttp]) {
      expect(valid(parse(one)) ? [] : valid.errors).toEqual([]);
    }
    expect(valid({ ...manifest, display_information: {} })).toBe(false);
  });

  test('takes every command, event and press by one address when it is changed to HTTP', () => {
    const { features, settings } = parse(byHttp) as Manifest;
    const urls = [
      ...features.slash_commands.map(({ url }) => url),
      settings.event_subscriptions.request_url,
      settings.interactivity.request_url,
    ];
    expect(urls).toEqual(Array(6).fill('https://switchback.example.com/slack/events'));
    expect(settings.socket_mode_enabled).toBe(false);
  });

  test('is what the link of the README carries', () => {
    const [, link = ''] = /^\[new-app\]: (\S+)$/m.exec(readFileSync('README.md', 'utf8')) ?? [];
    expect(link).toBe(manifestLink(text));
    const carried = new URL(link).searchParams.get('manifest_json') ?? '';
    expect(JSON.parse(carried)).toEqual(manifest);
  });

  test('asks for no scope that nothing can use', () => {
    const useful = new Set([
      'commands',
      ...Object.values(eventScopes),
      ...Object.values(METHODS).flatMap(({ scopes }) => scopes),
    ]);
    expect(granted.filter((scope) => !useful.has(scope))).toEqual([]);
  });
});

describe('the scopes and events that the source needs', () => {
  const used = {
    methods: new Set<string>(),
    events: new Set<string>(),
    commands: new Set(descriptions.flatMap(({ name, short }) => (short ? [`/${name}`] : []))),
    presses: 0,
  };

  beforeAll(() => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
    for (const file of files) {
      if (!file.endsWith('.ts') || file.startsWith('playground')) continue;
      scan(readFileSync(join('src', file), 'utf8'));
    }
  });

  function scan(source: string): void {
    const namespaces =
      'api|apps|auth|bots|chat|conversations|files|pins|reactions|team|usergroups|users|views';
    for (const [, method = ''] of source.matchAll(
      new RegExp(`\\b\\w*[cC]lient\\.((?:${namespaces})(?:\\.\\w+){1,2})\\(`, 'g'),
    )) {
      used.methods.add(method);
    }
    for (const [, method = ''] of source.matchAll(/\.apiCall\(\s*'([\w.]+)'/g)) used.methods.add(method);
    for (const [, event = ''] of source.matchAll(/\bapp\.event\(\s*'(\w+)'/g)) used.events.add(event);
    for (const [, command = ''] of source.matchAll(/\bapp\.command\(\s*'(\/\w+)'/g))
      used.commands.add(command);
    used.presses += [...source.matchAll(/\bapp\.(?:action|view)\(/g)].length;
  }

  test('is found by looking for it', () => {
    expect([...used.methods]).toEqual(
      expect.arrayContaining(['auth.test', 'chat.postMessage', 'chat.postEphemeral', 'views.open']),
    );
    expect([...used.events]).toContain('app_mention');
    expect([...used.commands]).toEqual(expect.arrayContaining(['/stage', '/promote', '/revert']));
    expect(used.presses).toBeGreaterThan(0);
  });

  test('every method has a scope that the manifest asks for', () => {
    const missing = [...used.methods].filter((method) => {
      const rule = METHODS[method];
      if (rule === undefined) return true;
      return (
        rule.token === 'bot' &&
        rule.scopes.length > 0 &&
        !rule.scopes.some((scope) => granted.includes(scope))
      );
    });
    expect(missing).toEqual([]);
  });

  test('every event is subscribed to, with its scope', () => {
    expect(manifest.settings.event_subscriptions.bot_events.sort()).toEqual([...used.events].sort());
    for (const event of used.events) expect(granted).toContain(eventScopes[event]);
  });

  test('every command is one of the manifest, as typed, and none is missing in it', () => {
    const commands = manifest.features.slash_commands;
    expect(commands.map(({ command }) => command).sort()).toEqual(
      [...new Set(['/release', ...used.commands])].sort(),
    );
    expect(commands.every(({ should_escape }) => !should_escape)).toBe(true);
    expect(granted).toContain('commands');
  });

  test('presses and modals are sent', () => {
    expect(manifest.settings.interactivity.is_enabled).toBe(used.presses > 0);
  });
});
