import { httpPoster } from './httpPoster.ts';
import { type Credentials, requestSigner } from './signature.ts';

export interface AwsAccess {
  region: string;
  endpoint: string;
  credentials: Credentials;
}

interface Protocol {
  service: string;
  /** The prefix of `x-amz-target`. */
  target: string;
  contentType: string;
}

/** One attempt of an operation of a service with a JSON protocol, signed, over connections that are kept. */
export function awsCaller({ region, endpoint, credentials }: AwsAccess, protocol: Protocol) {
  const { host, pathname: path } = new URL(endpoint);
  const poster = httpPoster(new URL(endpoint));
  const sign = requestSigner(credentials, { region, service: protocol.service, path });

  async function attempt(operation: string, body: string): Promise<object> {
    const headers = {
      host,
      'content-type': protocol.contentType,
      'x-amz-target': `${protocol.target}.${operation}`,
    };
    const { status, text } = await poster.post(sign(headers, body, new Date()), body);
    if (status !== 200) throw errorOf(status, text);
    return JSON.parse(text);
  }
  return { attempt, destroy: poster.destroy };
}

/** As the SDK has it: the kind of error is its name. */
function errorOf(status: number, text: string): Error {
  const { __type = 'UnknownError', message, Message } = readError(text);
  return Object.assign(new Error(message ?? Message ?? `HTTP status ${status}`), {
    name: __type.slice(__type.indexOf('#') + 1),
    $metadata: { httpStatusCode: status },
  });
}

function readError(text: string): { __type?: string; message?: string; Message?: string } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
