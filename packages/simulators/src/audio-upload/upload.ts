/** A form that was sent, as a server reads it. It shares no code with what sends it. */
export interface Upload {
  /** The values of each field, in order; the file is not among them. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly file: UploadedFile | null;
}

export interface UploadedFile {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Reads `multipart/form-data` (RFC 7578); null when it is none, or broken. */
export function readUpload(contentType: string, body: Uint8Array): Upload | null {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  const parts = boundary === undefined ? null : partsOf(body, `--${boundary}`);
  if (!parts) return null;
  const fields: Record<string, string[]> = {};
  let file: UploadedFile | null = null;
  for (const { name, fileName, contentType: type, bytes } of parts) {
    if (fileName === null) (fields[name] ??= []).push(Buffer.from(bytes).toString());
    else if (name === 'file') file = { name: fileName, contentType: type, bytes };
  }
  return { fields, file };
}

interface Part {
  readonly name: string;
  readonly fileName: string | null;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

function partsOf(body: Uint8Array, delimiter: string): readonly Part[] | null {
  const view = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!view.toString('latin1', 0, delimiter.length).startsWith(delimiter)) return null;
  const parts: Part[] = [];
  let at = delimiter.length;
  while (view.toString('latin1', at, at + 2) !== '--') {
    const headEnd = view.indexOf('\r\n\r\n', at);
    const end = view.indexOf(`\r\n${delimiter}`, headEnd + 2);
    if (headEnd < 0 || end < 0) return null;
    const part = partOf(view.toString('utf8', at, headEnd), view.subarray(headEnd + 4, end));
    if (!part) return null;
    parts.push(part);
    at = end + 2 + delimiter.length;
  }
  return parts;
}

function partOf(head: string, bytes: Uint8Array): Part | null {
  const name = /\bname="([^"]*)"/i.exec(head)?.[1];
  if (name === undefined) return null;
  return {
    name,
    fileName: /\bfilename="([^"]*)"/i.exec(head)?.[1] ?? null,
    contentType: /^content-type: *(\S+)/im.exec(head)?.[1] ?? 'text/plain',
    bytes,
  };
}

/** The first value of a field; undefined when it was not sent. */
export function fieldOf({ fields }: Upload, name: string): string | undefined {
  return fields[name]?.[0];
}

/** The samples of a WAV file of 16 kHz mono s16le whose sizes are right; null for everything else. */
export function wavSamples(file: Uint8Array): Uint8Array | null {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (view.length < 44 || view.toString('latin1', 0, 4) !== 'RIFF') return null;
  const format = { tag: view.readUInt16LE(20), channels: view.readUInt16LE(22) };
  const isRight =
    view.toString('latin1', 8, 16) === 'WAVEfmt ' &&
    format.tag === 1 &&
    format.channels === 1 &&
    view.readUInt32LE(24) === 16_000 &&
    view.readUInt16LE(34) === 16 &&
    view.toString('latin1', 36, 40) === 'data' &&
    view.readUInt32LE(40) === view.length - 44 &&
    view.readUInt32LE(4) === view.length - 8;
  return isRight ? view.subarray(44) : null;
}
