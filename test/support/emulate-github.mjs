/**
 * Runs the GitHub of the npm package `emulate`, from the node_modules of the working folder, and prints as JSON where it is.
 * No call of it makes a workflow or moves a run, so this reaches into its store: `POST {in, id, set}` to `control` changes
 * what has that id.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = join(process.cwd(), 'node_modules', 'emulate', 'dist');
/** @param {string} file */
const load = (file) => import(pathToFileURL(join(folder, file)).href);
const inside = readdirSync(folder).find(
  (file) => file.endsWith('.js') && readFileSync(join(folder, file), 'utf8').includes('  getGitHubStore,\n'),
);
const { githubPlugin, getGitHubStore } = await load(inside ?? '');
let github;
const { seed } = githubPlugin;
githubPlugin.seed = (/** @type {unknown} */ store, /** @type {string} */ url) => {
  github = getGitHubStore(store);
  seed(store, url);
};

const app = (/** @type {number} */ id, /** @type {string} */ actions) => ({
  app_id: id,
  slug: `bot-${id}`,
  name: `Bot ${id}`,
  permissions: { actions, metadata: 'read' },
  installations: [{ installation_id: 10 * id, account: 'acme', repository_selection: 'all' }],
});
const { createEmulator } = await load('api.js');
const { url, generatedSecrets } = await createEmulator({
  service: 'github',
  port: 0,
  seed: {
    github: {
      users: [{ login: 'ann' }],
      orgs: [{ login: 'acme' }],
      repos: [{ owner: 'acme', name: 'checkout' }],
      apps: [app(1, 'write'), app(2, 'read')],
    },
  },
});
const { id: repository } = github.repos.findOneBy('full_name', 'acme/checkout');
const workflow = github.workflows.insert({
  node_id: '',
  repo_id: repository,
  name: 'Deploy',
  path: '.github/workflows/deploy.yml',
  state: 'active',
  badge_url: null,
});

const control = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const { in: of, id, set } = JSON.parse(body);
    github[of].update(id, set);
    response.end(JSON.stringify(github[of].all()));
  });
});
control.listen(0, '127.0.0.1', () => {
  const keys = generatedSecrets.map((/** @type {{ value: string }} */ { value }) => value);
  const port = control.address().port;
  const told = {
    node: process.version,
    url,
    keys,
    workflow: workflow.id,
    control: `http://127.0.0.1:${port}`,
  };
  process.stdout.write(`@emulates ${JSON.stringify(told)}\n`);
});
