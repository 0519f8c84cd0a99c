/** Most that is read to draw a waveform, bytes: about half an hour of 16 kHz mono. */
const maxWaveformBytes = 64 * 1024 * 1024;

/** A file without anything louder is not drawn as if it were loud: -26 dBFS. */
const faintest = 0.05 * 32_768;

interface PeakReader {
  /** Takes the next bytes of the file. */
  push(bytes: Uint8Array): void;
  /** The loudest sample of each bucket, 0..1 of the loudest in the file; a faint file stays low. */
  peaks(): Float32Array<ArrayBuffer>;
}

/**
 * Reads a WAV file of 16-bit PCM piece by piece and keeps only its outline, so that the waveform of an
 * hour costs no more memory than that of a minute.
 *
 * @param fileBytes length of the file, which counts where the header does not know it yet.
 * @throws RangeError when the bytes are no such file.
 */
export function createPeakReader(bucketCount: number, fileBytes: number): PeakReader {
  const peaks = new Float32Array(bucketCount);
  let held = new Uint8Array(0);
  let samplesPerBucket: number | null = null;
  let sample = 0;

  return {
    push(bytes) {
      let pending = held.length > 0 ? join(held, bytes) : bytes;
      if (samplesPerBucket === null) {
        const found = findData(pending, fileBytes);
        if (!found) {
          if (pending.length > 65_536) throw new RangeError('The file has no sound in it');
          held = new Uint8Array(pending);
          return;
        }
        samplesPerBucket = Math.max(1, found.byteCount / 2 / bucketCount);
        pending = pending.subarray(found.start);
      }
      const view = new DataView(pending.buffer, pending.byteOffset, pending.byteLength);
      const end = pending.length - (pending.length % 2);
      for (let offset = 0; offset < end; offset += 2, sample++) {
        const bucket = Math.min(bucketCount - 1, Math.floor(sample / samplesPerBucket));
        const height = Math.abs(view.getInt16(offset, true));
        if (height > (peaks[bucket] ?? 0)) peaks[bucket] = height;
      }
      held = new Uint8Array(pending.subarray(end));
    },
    peaks() {
      const loudest = peaks.reduce((most, peak) => Math.max(most, peak), faintest);
      return peaks.map((peak) => peak / loudest);
    },
  };
}

/**
 * The outline of the sound at `url`, or null when the file is longer than is worth fetching for it.
 *
 * @throws when it cannot be fetched or is no 16-bit WAV file.
 */
export async function fetchPeaks(
  url: string,
  bucketCount: number,
  signal: AbortSignal,
): Promise<Float32Array<ArrayBuffer> | null> {
  const response = await fetch(url, { signal, credentials: 'include' });
  const fileBytes = Number(response.headers.get('content-length'));
  if (!response.ok || !response.body) throw new Error('The sound cannot be fetched');
  if (fileBytes > maxWaveformBytes) {
    await response.body.cancel();
    return null;
  }
  const reader = createPeakReader(bucketCount, fileBytes);
  for await (const chunk of chunksOf(response.body)) reader.push(chunk);
  return reader.peaks();
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    yield chunk.value;
  }
}

/** Where the sound lies in the file: past the chunks before it. Null while more bytes are needed. */
function findData(
  bytes: Uint8Array,
  fileBytes: number,
): { readonly start: number; readonly byteCount: number } | null {
  if (bytes.length < 12) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE') throw new RangeError('Not a WAV file');
  for (let offset = 12; offset + 8 <= bytes.length;) {
    const size = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (tag(view, offset) === 'data') {
      return { start, byteCount: Math.min(size, Math.max(0, fileBytes - start)) || size };
    }
    if (tag(view, offset) === 'fmt ') {
      if (start + 16 > bytes.length) return null;
      if (view.getUint16(start + 14, true) !== 16) throw new RangeError('Not 16-bit sound');
    }
    // Chunks are padded to even lengths.
    offset = start + size + (size % 2);
  }
  return null;
}

function tag(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(offset + index)));
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
