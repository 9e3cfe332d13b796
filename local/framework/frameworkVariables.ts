import { Readable } from 'node:stream';
import { ACCOUNT_ID } from '../template/identity.ts';

/** The framework's way to AWS: of osls, and of version 3. */
export interface AwsProvider {
  getAwsSdkV3Config?: (options: { region?: string }) => Promise<object>;
  request?: (service: string, method: string) => Promise<object>;
}

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * Answers what the framework asks of AWS for `${aws:accountId}`, `${ssm:...}`, `${cf:...}` and `${s3:...}` while it reads
 * the manifest: the account's id is known, and nothing is stored there, so that a variable's default applies.
 */
export function answerVariables(provider: AwsProvider): void {
  provider.getAwsSdkV3Config = async ({ region = 'us-east-1' }) => ({
    region,
    credentials: CREDENTIALS,
    requestHandler: { handle: async (request: AwsRequest) => ({ response: answer(request) }) },
  });
  provider.request = async (service) => {
    if (service === 'STS') return { Account: ACCOUNT_ID };
    throw Object.assign(new Error('nothing of AWS is asked by sls local'), NOT_FOUND[service]);
  };
}

interface AwsRequest {
  hostname: string;
}

/** As version 3 of the framework reads errors. */
const NOT_FOUND: Record<string, object> = {
  SSM: { code: 'AWS_S_S_M_GET_PARAMETER_PARAMETER_NOT_FOUND' },
  CloudFormation: {
    code: 'AWS_CLOUD_FORMATION_DESCRIBE_STACKS_VALIDATION_ERROR',
    providerError: { message: 'does not exist' },
  },
  S3: { code: 'AWS_S3_GET_OBJECT_NO_SUCH_KEY' },
};

const xmlError = (code: string, message: string) =>
  `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;

function answer({ hostname }: AwsRequest) {
  const [statusCode, text] = answerOf(hostname);
  return { statusCode, headers: {}, body: Readable.from([Buffer.from(text)]) };
}

function answerOf(hostname: string): [number, string] {
  if (hostname.startsWith('sts.')) {
    const account = `<Account>${ACCOUNT_ID}</Account>`;
    return [200, `<R><GetCallerIdentityResult>${account}</GetCallerIdentityResult></R>`];
  }
  if (hostname.startsWith('ssm.')) return [400, '{"__type":"ParameterNotFound"}'];
  if (hostname.startsWith('cloudformation.'))
    return [
      400,
      `<ErrorResponse>${xmlError('ValidationError', 'Stack does not exist')}</ErrorResponse>`,
    ];
  return [404, xmlError('NoSuchKey', 'The specified key does not exist.')];
}
