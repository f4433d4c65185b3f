/**
 * A service to try Switchback with: it says which color and version it is. `COLOR`, `VERSION` and `PORT` come from the
 * environment. `POST /break` makes it unhealthy, `POST /repair` well again.
 */
import { createServer } from 'node:http';

const { COLOR: color = 'blue', VERSION: version = '1.0.0', PORT: port = '8080' } = process.env;
let well = true;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://sample');
  if (request.method === 'POST' && pathname === '/break') well = false;
  if (request.method === 'POST' && pathname === '/repair') well = true;
  const status = pathname === '/healthz' && !well ? 503 : 200;
  response.writeHead(status, { 'content-type': 'application/json', 'x-color': color });
  response.end(`${JSON.stringify({ color, version, well })}\n`);
});

server.listen(Number(port));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
