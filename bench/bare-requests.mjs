/** Sends requests at a fixed rate and does nothing else: the floor under what asks colors. */
import { createServer } from 'node:http';
import { Client } from 'undici';

const { URL_ASKED, PORT, KEPT_PER_SECOND, FRESH_PER_SECOND, CONNECTIONS } = process.env;
const { origin, pathname: path } = new URL(URL_ASKED);
const options = { headersTimeout: 0, bodyTimeout: 0 };
const kept = Array.from({ length: Number(CONNECTIONS) }, () => new Client(origin, options));
let next = 0;

async function askKept() {
  next += 1;
  const { body } = await kept[next % kept.length].request({ path, method: 'GET' });
  await body.dump();
}

async function askFresh() {
  const client = new Client(origin, options);
  const { body } = await client.request({ path, method: 'GET', reset: true });
  await body.dump();
  await client.destroy();
}

function atRate(perSecond, ask) {
  const began = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - began) / 1000) * perSecond;
    for (; sent < due; sent += 1) void ask().catch((cause) => console.error(cause));
  }, 1);
}

createServer((_request, response) => response.end()).listen(Number(PORT), '127.0.0.1', () => {
  atRate(Number(KEPT_PER_SECOND), askKept);
  atRate(Number(FRESH_PER_SECOND), askFresh);
});
