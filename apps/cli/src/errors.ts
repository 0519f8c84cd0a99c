import { ApiError } from '@friend-lite/client';

/** A failure that is told in one sentence, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** What to tell a person about `error`, with what to do next where that is known. */
export function sentenceFor(error: unknown, server: string): string {
  if (error instanceof CliError) return error.message;
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  switch (error.code) {
    case 'network':
      return `No server answers at ${server}. Is it running (npm start)? Another one: --server URL`;
    case 'setup_required':
      return `${error.message} (${server})`;
    case 'bad_credentials':
      return 'Email or password is wrong.';
    case 'unauthorized':
    case 'authentication_failed':
      return 'You are signed out. Sign in with: friend-lite login';
    default:
      return error.message;
  }
}
