import { OpusDecoder } from 'opus-decoder';
import { opusPacketDurationMs } from '../../audio/index.ts';
import type { Decoded, Parcel, StreamKey } from './parcel.ts';

const sampleRateHz = 16_000;
const samplesPerMs = sampleRateHz / 1000;
/** The library's input buffer, 256 kbit/s for 120 ms; it throws where a packet is longer. */
const maxPacketBytes = 3840;

/** All streams of a worker. */
export interface Decoding {
  /** Decodes the parcel to its end. One at a time: a parcel comes when the one before was decoded. */
  decode(parcel: Parcel): Promise<Decoded>;
}

/** Never rejects because of what packets hold. */
export function createDecoding(): Decoding {
  const decoders = new Map<StreamKey, OpusDecoder<typeof sampleRateHz>>();

  async function decoderOf(key: StreamKey): Promise<OpusDecoder<typeof sampleRateHz>> {
    const known = decoders.get(key);
    if (known) return known;
    const decoder = new OpusDecoder({ channels: 1, sampleRate: sampleRateHz });
    await decoder.ready;
    decoders.set(key, decoder);
    return decoder;
  }

  function close(key: StreamKey): void {
    decoders.get(key)?.free();
    decoders.delete(key);
  }

  /** Writes the packet's sound; false when it stays silent instead. */
  function decodeInto(
    samples: Int16Array,
    decoder: OpusDecoder<typeof sampleRateHz>,
    packet: Uint8Array,
  ): boolean {
    if (packet.byteLength > maxPacketBytes) return false;
    const { channelData, samplesDecoded } = decoder.decodeFrame(packet);
    const [sound] = channelData;
    if (!sound || samplesDecoded !== samples.length) return false;
    for (let at = 0; at < samples.length; at += 1) {
      const value = Math.round((sound[at] ?? 0) * 32_768);
      samples[at] = Math.max(-32_768, Math.min(32_767, value));
    }
    return true;
  }

  return {
    async decode({ closed, parts, lengths, packets }) {
      const rows = rowsOf(parts, lengths, packets);
      const sampleCounts = rows.map((row) => row.reduce((sum, packet) => sum + countOf(packet), 0));
      const samples = new Int16Array(sampleCounts.reduce((sum, count) => sum + count, 0));
      let failedPackets = 0;
      let at = 0;
      for (const [index, { key }] of parts.entries()) {
        for (const packet of rows[index] ?? []) {
          const target = samples.subarray(at, (at += countOf(packet)));
          const decoder = await decoderOf(key);
          try {
            if (!decodeInto(target, decoder, packet)) failedPackets += 1;
          } catch {
            // Nobody knows in what state it is now.
            decoders.delete(key);
            failedPackets += 1;
          }
        }
      }
      for (const key of closed) close(key);
      return { sampleCounts, samples, failedPackets };
    },
  };
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
