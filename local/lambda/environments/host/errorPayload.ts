import type { ErrorPayload } from './protocol.ts';

/** Turns whatever was thrown into what Lambda answers. */
export function errorPayload(thrown: unknown): ErrorPayload {
  if (thrown instanceof Error) {
    const { name, message, stack = '' } = thrown;
    return { errorType: name, errorMessage: message, trace: stack.split('\n') };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

/** An error of the runtime itself: `Runtime.HandlerNotFound`, `Runtime.ImportModuleError` ... */
export class RuntimeError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** Names an error that comes out of loading the function's code as the Node.js runtime does. */
export function loadError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof RuntimeError) return thrown;
  if (thrown instanceof SyntaxError)
    return new RuntimeError('Runtime.UserCodeSyntaxError', `${thrown}`, { cause: thrown });
  if ((thrown as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND')
    return new RuntimeError('Runtime.ImportModuleError', `${thrown}`, { cause: thrown });
  return thrown;
}
