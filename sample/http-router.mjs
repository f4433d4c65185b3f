/**
 * A router for Switchback's `kind: http`: it keeps the color of one service in a file, and runs a command that makes the
 * real router follow. Node only. Copy it and change what it runs. docs/http-router.md says what each answer means.
 *
 *   TOKEN=… STATE=/var/lib/live/checkout.json APPLY='./point-nginx "$COLOR" && nginx -s reload' node http-router.mjs
 *
 * `PORT` (8080), `HOST` (127.0.0.1). `APPLY` gets `COLOR` and `EPOCH`, and must end with 0 only when traffic has moved.
 */
import { execFile } from 'node:child_process';
import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT = '8080', HOST = '127.0.0.1', TOKEN = '', STATE = 'live.json', APPLY = 'true' } = process.env;
if (TOKEN === '') throw new Error('TOKEN is not set');
/** A write that takes longer is answered with 202 and goes on. Shorter than the deadline of a write (1 s). */
const answerWithinMs = 700;
/** The command is killed after this long. `router.settles` must be longer than all writes that can wait take together. */
const applyMs = 10_000;

if (!existsSync(STATE)) keep({ color: 'blue', epoch: 1 });

/** Writes the file as a whole or not at all. */
function keep(state) {
  writeFileSync(`${STATE}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${STATE}.new`, STATE);
}

function apply({ color, epoch }) {
  const env = { ...process.env, COLOR: color, EPOCH: String(epoch) };
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', APPLY], { env, timeout: applyMs }, (error, _out, said) => {
      if (error) return reject(new Error(said.trim().slice(0, 200) || error.message));
      // Only now: GET says where traffic goes, not where it was told to go.
      keep({ color, epoch });
      resolve();
    });
  });
}

/** One after the other, in the order in which they came: the newest write is the last that is carried out. */
let queue = Promise.resolve();

function write(state) {
  const done = queue.then(() => apply(state));
  queue = done.catch((error) => process.stderr.write(`not pointed to ${state.color}: ${error.message}\n`));
  return done;
}

const digest = (text) => createHash('sha256').update(text).digest();

/** Status and body of the answer to one request. */
async function answer(request) {
  const sent = digest(request.headers.authorization ?? '');
  if (!timingSafeEqual(sent, digest(`Bearer ${TOKEN}`))) return [401, { message: 'wrong token' }];
  if (request.method === 'GET') return [200, JSON.parse(readFileSync(STATE, 'utf8'))];
  if (request.method !== 'PUT') return [405, { message: 'GET or PUT' }];
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 10_000) return [413, { message: 'too long' }];
  }
  const { color, epoch } = read(text);
  if (!['blue', 'green'].includes(color) || !Number.isInteger(epoch))
    return [400, { message: 'needs a color (blue or green) and an epoch (a number)' }];
  // An equal or older epoch is carried out like any other: going back to the old color carries its old epoch.
  const done = write({ color, epoch }).then(
    () => [204],
    (error) => [500, { message: error.message }],
  );
  const slow = new Promise((resolve) => setTimeout(resolve, answerWithinMs, [202]).unref());
  return Promise.race([done, slow]);
}

function read(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

const server = createServer((request, response) => {
  void answer(request)
    .catch((error) => [500, { message: error.message }])
    .then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
});

server.listen(Number(PORT), HOST, () => process.stdout.write(`listening on ${HOST}:${PORT}\n`));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
