import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What a file must be. */
export type Checksum =
  | { readonly kind: 'sha256'; readonly hex: string }
  /** SHA-1 of `blob LENGTH\0` and the content, as Git names it. */
  | { readonly kind: 'git-blob'; readonly hex: string };

/** Read off the headers of a hub's answer; null where it names none. */
export function checksumOf(headers: Headers): Checksum | null {
  const linked = unquoted(headers.get('x-linked-etag'));
  if (/^[0-9a-f]{64}$/.test(linked)) return { kind: 'sha256', hex: linked };
  const etag = unquoted(headers.get('etag'));
  if (/^[0-9a-f]{64}$/.test(etag)) return { kind: 'sha256', hex: etag };
  if (/^[0-9a-f]{40}$/.test(etag)) return { kind: 'git-blob', hex: etag };
  return null;
}

export async function hasChecksum(path: string, { kind, hex }: Checksum): Promise<boolean> {
  const hash = createHash(kind === 'sha256' ? 'sha256' : 'sha1');
  if (kind === 'git-blob') hash.update(`blob ${(await stat(path)).size}\0`);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex') === hex;
}

function unquoted(etag: string | null): string {
  return (etag ?? '').replace(/^W\//, '').replaceAll('"', '').toLowerCase();
}
