import { errorBodySchema } from '@friend-lite/contract';

/** What can go wrong before a server's answer is understood; the server's own codes are the contract's. */
type ClientErrorCode = 'network' | 'timeout' | 'invalid_answer';

/**
 * A request that did not succeed.
 *
 * `status` is the HTTP status, 0 when there was no answer; `code` is stable and made for programs (the
 * contract's error registry, or a `ClientErrorCode`); `message` is a sentence for people.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** An error of this side of the wire. */
export function clientError(code: ClientErrorCode, message: string, cause?: unknown): ApiError {
  return new ApiError(0, code, message, cause === undefined ? undefined : { cause });
}

/** The error an answer other than 2xx stands for, whoever wrote it: the server, or a proxy before it. */
export async function errorOfResponse(response: Response): Promise<ApiError> {
  const body = errorBodySchema.safeParse(await response.json().catch(() => null));
  return body.success
    ? new ApiError(response.status, body.data.code, body.data.message)
    : new ApiError(
        response.status,
        `http_${response.status}`,
        `The server answered ${response.status} ${response.statusText}`.trimEnd(),
      );
}
