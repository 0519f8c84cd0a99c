import { ApiError } from '@friend-lite/client';

/** Whether the session has ended, or never was. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** Whether the server still waits for its first administrator. */
export function isSetupRequired(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'setup_required';
}

/** Whether the same request may work when it is made again. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  if (isSetupRequired(error)) return false;
  return error.status === 0 ? error.code !== 'invalid_answer' : error.status >= 500;
}

/** Stands for the app's own origin; browsers read a place against it just as against the real one. */
const origin = 'https://app.invalid';

/**
 * A place within this app to go on to after signing in; anything that leads elsewhere becomes the start.
 */
export function safePlace(place: string | undefined): string {
  const url = place?.startsWith('/') === true ? URL.parse(place, origin) : null;
  return url?.origin === origin && url.pathname !== '/login' ? url.href.slice(origin.length) : '/';
}
