#!/usr/bin/env node
/** Prints the address at which Slack offers to create the app of manifest.yml: `node scripts/manifest-link.mjs`. */
import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** @param {string} yaml the text of a manifest */
export function manifestLink(yaml) {
  const json = encodeURIComponent(JSON.stringify(parse(yaml)));
  // What would end the link in a text of Markdown.
  const safe = json.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return `https://api.slack.com/apps?new_app=1&manifest_json=${safe}`;
}

if (argv[1] === fileURLToPath(import.meta.url))
  stdout.write(`${manifestLink(readFileSync('manifest.yml', 'utf8'))}\n`);
