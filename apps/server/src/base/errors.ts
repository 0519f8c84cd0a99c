import { errorMessage, errorSpec, type ErrorCode, type ErrorParams } from '@friend-lite/contract';

/** An error a client may be told about. Its sentence comes from the registry in `packages/contract`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: ErrorOptions) {
    super(errorMessage(code, params), options);
    this.name = 'AppError';
    this.code = code;
    this.params = params;
  }

  /** The HTTP status this error is answered with. */
  get status(): number {
    return errorSpec(this.code).status;
  }

  /** Whether the same request may succeed later unchanged. */
  get isRetryable(): boolean {
    return errorSpec(this.code).retryable;
  }
}

/**
 * How a failure of an outside service is treated. Classed once, in its adapter.
 *
 * - `transient`: try again at once, then fall back
 * - `timeout`: it took its whole time and gave no answer; fall back, try again later
 * - `auth`: credentials or payment; do not retry, fall back
 * - `bad-request`: this input will never succeed; do not retry
 */
export type ProviderFailure = 'transient' | 'timeout' | 'auth' | 'bad-request';

/** A failure of an outside service. `message` is for operators: it names no content and no credentials. */
export class ProviderError extends Error {
  readonly provider: string;
  readonly failure: ProviderFailure;

  constructor(provider: string, failure: ProviderFailure, message: string, options?: ErrorOptions) {
    super(`${provider}: ${message}`, options);
    this.name = 'ProviderError';
    this.provider = provider;
    this.failure = failure;
  }
}
