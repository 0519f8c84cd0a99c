import type { IncomingHttpHeaders } from 'node:http';

/** What of a file a request asks for (RFC 9110, sections 13 and 14). Bytes [start, end). */
export type RangeRequest =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

/** Names one state of a file that no longer changes. `etag` with its quotes; `modifiedAt` epoch ms. */
export interface FileVersion {
  readonly etag: string;
  readonly modifiedAt: number;
}

const whole: RangeRequest = { kind: 'whole' };

/**
 * The single byte range asked for. Several ranges at once, other units and nonsense are answered with the
 * whole, as is a range of another version than `version` (null: the file still grows).
 */
export function requestedRange(
  headers: IncomingHttpHeaders,
  size: number,
  version: FileVersion | null,
): RangeRequest {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(headers.range ?? '');
  const [, first, last] = match ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return whole;
  const condition = headers['if-range'];
  if (typeof condition === 'string' && !isOfVersion(condition, version)) return whole;

  if (first === '') {
    const length = Math.min(Number(last), size);
    return length > 0
      ? { kind: 'part', start: size - length, end: size }
      : { kind: 'unsatisfiable' };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return whole;
  if (start >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/** Whether the client has this version already. */
export function isNotModified(headers: IncomingHttpHeaders, version: FileVersion | null): boolean {
  if (!version) return false;
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags
      .split(',')
      .map((tag) => tag.trim().replace(/^W\//, ''))
      .some((tag) => tag === '*' || tag === version.etag);
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && wholeSeconds(version.modifiedAt) <= since;
}

function isOfVersion(condition: string, version: FileVersion | null): boolean {
  if (!version) return false;
  return condition.startsWith('"')
    ? condition === version.etag
    : Date.parse(condition) === wholeSeconds(version.modifiedAt);
}

/** HTTP dates have no fractions. */
function wholeSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000;
}
