import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';

export interface TlsProxy {
  url: string;
  /** For NODE_EXTRA_CA_CERTS. */
  certificateFile: string;
  close(): void;
}

/** Ends TLS before a server that speaks plain HTTP, with a certificate made for this run. Needs `openssl`. */
export async function startTlsProxy(target: URL, folder: string): Promise<TlsProxy> {
  const keyFile = path.join(folder, 'key.pem');
  const certificateFile = path.join(folder, 'certificate.pem');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certificateFile],
  ]);
  const pair = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
  const server = createServer(pair, (secure) => {
    const plain = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    secure.setNoDelay().pipe(plain).pipe(secure);
    for (const end of [secure, plain]) {
      end
        .once('error', () => {})
        .once('close', () => {
          secure.destroy();
          plain.destroy();
        });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}`, certificateFile, close: () => server.close() };
}
