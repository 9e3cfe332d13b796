import { EventEmitter } from 'node:events';
import process from 'node:process';
import type { Output } from './output.ts';
import type { ExitCause } from './protocol.ts';

/** Unwinds the handler's stack after `process.exit()`; its environment has ended by then. */
class ExitSignal extends Error {
  override readonly name = 'ExitSignal';
}

interface ProcessOptions {
  variables: Record<string, string>;
  output: Output;
  onExit: (cause: ExitCause) => void;
  getBuiltinModule: (name: string) => unknown;
  changeDirectory: (folder: string) => void;
}

const EMITTER_METHODS = [
  'on',
  'once',
  'off',
  'addListener',
  'removeListener',
  'removeAllListeners',
  'prependListener',
  'prependOnceListener',
  'emit',
  'listeners',
  'listenerCount',
] as const;

/** The `process` that one environment sees: variables, output, events and exit of its own, the rest is the thread's. */
export function sandboxProcess(options: ProcessOptions): NodeJS.Process {
  const { output, onExit, getBuiltinModule } = options;
  const emitter = new EventEmitter();
  const leave = (cause: ExitCause): never => {
    onExit(cause);
    throw new ExitSignal('The execution environment has ended');
  };
  const exit = (code?: number | string) =>
    leave({ kind: 'exit', code: Number(code ?? sandbox.exitCode ?? 0) });
  const kill = (pid: number, signal: string | number = 'SIGTERM') =>
    pid === process.pid && signal !== 0
      ? leave({ kind: 'signal', signal: String(signal) })
      : process.kill(pid, signal);
  const own: Record<string, unknown> = {
    env: environmentVariables(options.variables),
    stdout: output.stdout,
    stderr: output.stderr,
    argv: [process.execPath, '/var/runtime/index.mjs'],
    mainModule: undefined,
    exitCode: undefined,
    exit,
    reallyExit: exit,
    abort: () => leave({ kind: 'signal', signal: 'SIGABRT' }),
    kill,
    chdir: options.changeDirectory,
    getBuiltinModule,
    emitWarning: (warning: string | Error) => output.write('WARN', String(warning)),
    ...Object.fromEntries(EMITTER_METHODS.map((name) => [name, emitter[name].bind(emitter)])),
  };
  const sandbox = Object.create(process, propertiesOf(own)) as NodeJS.Process;
  return sandbox;
}

/** Node turns every value into text when it is assigned. */
function environmentVariables(variables: Record<string, string>): Record<string, string> {
  return new Proxy(
    { ...variables },
    {
      set(target, name, value) {
        if (typeof name === 'string') target[name] = String(value);
        return true;
      },
    },
  );
}

function propertiesOf(values: Record<string, unknown>): PropertyDescriptorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { value, writable: true, enumerable: true, configurable: true },
    ]),
  );
}
