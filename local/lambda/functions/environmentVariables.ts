import { randomBytes } from 'node:crypto';
import type { FunctionModel } from '../../template/model.ts';

export interface VariableSources {
  region: string;
  /** For every function: endpoints of the emulators. */
  environment: Record<string, string>;
  overrides: { set: Record<string, string>; unset: string[] };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
export function environmentVariables(
  model: FunctionModel,
  taskRoot: string,
  { region, environment, overrides }: VariableSources,
  now: Date,
): Record<string, string> {
  const node = /\d+/.exec(model.runtime)?.[0] ?? '';
  const variables: Record<string, string> = {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LD_LIBRARY_PATH: `/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:${taskRoot}:${taskRoot}/lib:/opt/lib`,
    NODE_PATH: `/opt/nodejs/node${node}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:${taskRoot}`,
    PWD: taskRoot,
    SHLVL: '0',
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: model.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${model.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: model.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: model.logging.isJson ? 'JSON' : 'Text',
    ...(model.logging.isJson && { AWS_LAMBDA_LOG_LEVEL: model.logging.applicationLevel }),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${model.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(now),
    AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    // Lambda's own is another address of the machine's link; nothing is traced here.
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    _AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1',
    _AWS_XRAY_DAEMON_PORT: '2000',
    AWS_SESSION_TOKEN: 'local',
    // Each function signs as itself, as the session of its role does: a call tells whose it is.
    AWS_ACCESS_KEY_ID: model.name,
    AWS_SECRET_ACCESS_KEY: 'local',
    ...environment,
    ...model.environment,
    ...overrides.set,
  };
  for (const name of overrides.unset) delete variables[name];
  return variables;
}

/** `2026/11/23/[$LATEST]` and 32 hexadecimal digits, one stream for each environment. */
function logStreamName(now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}
