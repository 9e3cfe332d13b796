type ThrottleReason =
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'ConcurrentInvocationLimitExceeded';

/** An error of the Lambda API: the type and status that AWS answers with. */
export class LambdaApiError extends Error {
  readonly type: string;
  readonly statusCode: number;

  constructor(type: string, statusCode: number, message: string) {
    super(message);
    this.type = type;
    this.statusCode = statusCode;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
export class ThrottledError extends LambdaApiError {
  override readonly name = 'ThrottledError';
  readonly reason: ThrottleReason;

  constructor(reason: ThrottleReason) {
    super('TooManyRequestsException', 429, 'Rate Exceeded.');
    this.reason = reason;
  }
}

export class ResourceNotFoundError extends LambdaApiError {
  override readonly name: string = 'ResourceNotFoundError';

  constructor(message: string) {
    super('ResourceNotFoundException', 404, message);
  }
}

export class FunctionUnreachableError extends ResourceNotFoundError {
  override readonly name = 'FunctionUnreachableError';
}

export class FunctionNotFoundError extends ResourceNotFoundError {
  override readonly name = 'FunctionNotFoundError';

  constructor(functionArn: string) {
    super(`Function not found: ${functionArn}`);
  }
}

export class PayloadTooLargeError extends LambdaApiError {
  override readonly name = 'PayloadTooLargeError';

  constructor(bytes: number, limitBytes: number) {
    super(
      'RequestTooLargeException',
      413,
      `Request must be smaller than ${limitBytes} bytes for the InvokeFunction operation. It has ${bytes} bytes.`,
    );
  }
}

export class InvalidParameterError extends LambdaApiError {
  override readonly name = 'InvalidParameterError';

  constructor(message: string) {
    super('InvalidParameterValueException', 400, message);
  }
}
