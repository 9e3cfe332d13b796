type ThrottleReason =
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'ConcurrentInvocationLimitExceeded';

/** An error of the Lambda API: the type and status that AWS answers with. */
export class LambdaApiError extends Error {
  readonly type: string;
  readonly statusCode: number;

  constructor(type: string, statusCode: number, message: string) {
    super(message);
    this.name = new.target.name;
    this.type = type;
    this.statusCode = statusCode;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
export class ThrottledError extends LambdaApiError {
  readonly reason: ThrottleReason;

  constructor(reason: ThrottleReason) {
    super('TooManyRequestsException', 429, 'Rate Exceeded.');
    this.reason = reason;
  }
}

export class ResourceNotFoundError extends LambdaApiError {
  constructor(message: string) {
    super('ResourceNotFoundException', 404, message);
  }
}

export class FunctionUnreachableError extends ResourceNotFoundError {}

export class FunctionNotFoundError extends ResourceNotFoundError {
  constructor(functionArn: string) {
    super(`Function not found: ${functionArn}`);
  }
}

export class PayloadTooLargeError extends LambdaApiError {
  constructor(bytes: number, limitBytes: number) {
    super(
      'RequestTooLargeException',
      413,
      `Request must be smaller than ${limitBytes} bytes for the InvokeFunction operation. It has ${bytes} bytes.`,
    );
  }
}

export class InvalidParameterError extends LambdaApiError {
  constructor(message: string) {
    super('InvalidParameterValueException', 400, message);
  }
}
