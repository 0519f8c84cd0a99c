import { Decoder } from '@evan/opus/wasm/index.mjs';
import { opusPacketDurationMs } from '../../audio/index.ts';
import type { Decoded, Parcel, StreamKey } from './parcel.ts';

const sampleRateHz = 16_000;
const samplesPerMs = sampleRateHz / 1000;
/** The library's input buffer; it throws where a packet is longer. */
const maxPacketBytes = 8192;

/** All streams of a worker. */
export interface Decoding {
  /** Decodes the parcel to its end. Throws only when the decoders' common memory is no longer to be trusted. */
  decode(parcel: Parcel): Decoded;
}

/** All decoders share one instance of the WebAssembly module, so that a stream costs 18 KiB and no time to begin. */
export function createDecoding(): Decoding {
  const decoders = new Map<StreamKey, Decoder>();

  function decoderOf(key: StreamKey): Decoder {
    let decoder = decoders.get(key);
    if (!decoder) {
      decoder = new Decoder({ channels: 1, sample_rate: sampleRateHz });
      decoders.set(key, decoder);
    }
    return decoder;
  }

  function close(key: StreamKey): void {
    decoders.get(key)?.drop();
    decoders.delete(key);
  }

  return {
    decode({ closed, parts, lengths, packets }) {
      const rows = rowsOf(parts, lengths, packets);
      const sampleCounts = rows.map((row) => row.reduce((sum, packet) => sum + countOf(packet), 0));
      const samples = new Int16Array(sampleCounts.reduce((sum, count) => sum + count, 0));
      let failedPackets = 0;
      let at = 0;
      for (const [index, { key }] of parts.entries()) {
        const decoder = decoderOf(key);
        for (const packet of rows[index] ?? []) {
          const target = samples.subarray(at, (at += countOf(packet)));
          if (!decodeInto(target, decoder, packet)) failedPackets += 1;
        }
      }
      for (const key of closed) close(key);
      return { sampleCounts, samples, failedPackets };
    },
  };
}

/** Writes the packet's sound; false when it stays silent instead. */
function decodeInto(target: Int16Array, decoder: Decoder, packet: Uint8Array): boolean {
  if (packet.byteLength > maxPacketBytes || target.length === 0) return false;
  try {
    const { buffer, byteOffset, byteLength } = decoder.decode(packet);
    if (byteLength !== target.byteLength) return false;
    target.set(new Int16Array(buffer, byteOffset, target.length));
    return true;
  } catch (error) {
    // A trap leaves the memory that all decoders share as it was in the middle of the work.
    if (error instanceof Error && error.name === 'RuntimeError') throw error;
    return false;
  }
}

/** The packets of each part; views. */
function rowsOf(
  parts: Parcel['parts'],
  lengths: Uint32Array,
  packets: Uint8Array,
): readonly (readonly Uint8Array[])[] {
  let packetIndex = 0;
  let at = 0;
  return parts.map(({ packetCount }) =>
    Array.from({ length: packetCount }, () => {
      const length = lengths[packetIndex] ?? 0;
      packetIndex += 1;
      return packets.subarray(at, (at += length));
    }),
  );
}

function countOf(packet: Uint8Array): number {
  return (opusPacketDurationMs(packet) ?? 0) * samplesPerMs;
}
