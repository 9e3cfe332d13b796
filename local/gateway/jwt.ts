import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isObject, parseJson } from '../../common/json.ts';
import { UsageError } from '../../common/usageError.ts';

export class JwtFault extends Error {}

type Key = JsonWebKey & { kid?: string };
const HASHES: Record<string, string> = { RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' };
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const KEYS_KEPT_MS = 2 * 3_600_000;

/** The public keys of issuers: from a file, else from an issuer on this machine. */
export class JwtKeys {
  readonly #ofFile: Key[] | undefined;
  readonly #ofIssuers = new Map<string, { keys: Key[]; untilMs: number }>();

  constructor(file?: string) {
    if (file === undefined) return;
    const set = parseJson(readFileSync(file, 'utf8'));
    if (!isObject(set) || !Array.isArray(set.keys))
      throw new UsageError(
        `--jwks ${file}: it is not a JSON Web Key Set, an object with a list "keys"`,
      );
    this.#ofFile = set.keys as Key[];
  }

  async find(issuer: string, kid: unknown, nowMs: number): Promise<Key | undefined> {
    const keys = this.#ofFile ?? (await this.#keysOf(issuer, nowMs));
    return keys.find((key) => key.kid === kid);
  }

  async #keysOf(issuer: string, nowMs: number): Promise<Key[]> {
    const known = this.#ofIssuers.get(issuer);
    if (known && known.untilMs > nowMs) return known.keys;
    if (!isOnThisMachine(issuer)) throw new JwtFault(`the keys of ${issuer} are not asked for`);
    const description = await answerOf(
      `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    );
    const { keys } = await answerOf(String(description.jwks_uri));
    if (!Array.isArray(keys)) throw new JwtFault(`${issuer} has no keys`);
    this.#ofIssuers.set(issuer, { keys, untilMs: nowMs + KEYS_KEPT_MS });
    return keys;
  }
}

export const isOnThisMachine = (url: string): boolean =>
  LOOPBACK.test(URL.parse(url)?.hostname ?? '');

async function answerOf(url: string): Promise<Record<string, unknown>> {
  if (!isOnThisMachine(url)) throw new JwtFault(`${url} is not on this machine`);
  const answer: unknown = await fetch(url).then(
    (response) => response.json(),
    () => undefined,
  );
  if (!isObject(answer)) throw new JwtFault(`${url} does not answer`);
  return answer;
}

const decoded = (part: string): unknown => parseJson(Buffer.from(part, 'base64url').toString());

/**
 * The claims of a token whose signature, issuer, audience and times are right; API Gateway takes RSA alone.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html#http-api-jwt-authorizer.evaluation
 */
export async function verifiedClaims(
  token: string,
  { issuer, audiences }: { issuer: string; audiences: string[] },
  keys: JwtKeys,
  nowMs: number,
): Promise<Record<string, unknown>> {
  const [head = '', body = '', signature = '', ...rest] = token.split('.');
  const [header, claims] = [decoded(head), decoded(body)];
  if (!isObject(header) || !isObject(claims) || rest.length > 0) throw new JwtFault('no JWT');
  const hash = HASHES[String(header.alg)];
  const key = hash && (await keys.find(issuer, header.kid, nowMs));
  if (!key) throw new JwtFault('no key');
  const publicKey = createPublicKey({ key, format: 'jwk' });
  const signed = Buffer.from(`${head}.${body}`);
  if (
    publicKey.asymmetricKeyType !== 'rsa' ||
    !verify(hash, signed, publicKey, Buffer.from(signature, 'base64url'))
  )
    throw new JwtFault('wrong signature');
  const seconds = nowMs / 1000;
  const named = [claims.aud ?? claims.client_id].flat().map(String);
  const isRight =
    claims.iss === issuer &&
    (audiences.length === 0 || named.some((one) => audiences.includes(one))) &&
    Number(claims.exp) > seconds &&
    Number(claims.nbf ?? 0) <= seconds &&
    Number(claims.iat ?? 0) <= seconds;
  if (!isRight) throw new JwtFault('wrong claims');
  return claims;
}
