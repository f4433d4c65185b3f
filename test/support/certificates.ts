import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An authority of a test, in a folder that `remove` takes away. */
export interface Authority {
  /** File with the authority's own certificate, as `NODE_EXTRA_CA_CERTS` takes it. */
  readonly file: string;
  /** The same as text. */
  readonly certificate: string;
  /** A key and a certificate for these host names, as `https.createServer` takes them. */
  issue(...hosts: string[]): { key: string; cert: string };
  /** The same as paths of files, as a server takes them. Addresses may be among the hosts. */
  issueFiles(...hosts: string[]): { key: string; cert: string };
  remove(): void;
}

/** Makes an authority that nobody knows. */
export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-ca-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  let count = 0;
  const issue = (...hosts: string[]): { key: string; cert: string } => {
    const names = hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`);
    writeFileSync(at('names'), `subjectAltName=${names.join(',')}\n`);
    openssl(
      'req',
      ...newKey.slice(0, -2),
      '-subj',
      `/CN=${hosts[0]}`,
      '-keyout',
      'one.key',
      '-out',
      'one.csr',
    );
    const ca = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl('x509', '-req', '-in', 'one.csr', ...ca, '-days', '2', '-extfile', 'names', '-out', 'one.pem');
    return { key: readFileSync(at('one.key'), 'utf8'), cert: readFileSync(at('one.pem'), 'utf8') };
  };
  return {
    file: at('ca.pem'),
    certificate: readFileSync(at('ca.pem'), 'utf8'),
    issue,
    issueFiles(...hosts) {
      const { key, cert } = issue(...hosts);
      count += 1;
      writeFileSync(at(`${count}.key`), key);
      writeFileSync(at(`${count}.pem`), cert);
      return { key: at(`${count}.key`), cert: at(`${count}.pem`) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
