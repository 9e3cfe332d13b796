import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signs POSTs without a query to one service and path: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * The key of a day is derived once. `headers` have lower-case names; all of them are signed.
 */
export function requestSigner(
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  { region, service, path }: { region: string; service: string; path: string },
) {
  let day = '';
  let key: KeyObject;

  const keyOf = (ofDay: string): KeyObject => {
    if (ofDay === day) return key;
    const chain = [ofDay, region, service, 'aws4_request'];
    const derived = chain.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
    day = ofDay;
    key = createSecretKey(derived as Buffer);
    return key;
  };

  return (headers: Record<string, string>, body: string, now: Date): Record<string, string> => {
    const time = now.toISOString().replace(/[:-]|\.\d{3}/g, '');
    const all: Record<string, string> = {
      ...headers,
      'x-amz-date': time,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(all).sort();
    const lines = names.map((name) => `${name}:${all[name]}`).join('\n');
    const signed = names.join(';');
    const canonical = `POST\n${path}\n\n${lines}\n\n${signed}\n${hash('sha256', body)}`;
    const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
    const toSign = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = hmac(keyOf(time.slice(0, 8)), toSign).toString('hex');
    all.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return all;
  };
}

const hmac = (key: string | Buffer | KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
