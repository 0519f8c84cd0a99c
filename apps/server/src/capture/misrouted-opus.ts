import { opusPacketDurationMs } from '../audio/index.ts';

/** Tells Opus packets that were sent to a PCM address from PCM; asked with each payload from the first on. */
export interface MisroutedOpusWatch {
  isOpus(payload: Uint8Array): boolean;
}

/** A pendant's packets have at most 160 bytes; PCM this short would last 12 ms. */
const maxPacketBytes = 400;
/** This many payloads alike are no accident; and once as many were not, it is PCM. */
const telling = 4;
/** CELT, one channel, one frame a packet: what pendants encode. Digital silence, 0x00, is not among it. */
const celtMonoBits = 0b1000_0000;
const celtMonoMask = 0b1000_0111;

/**
 * A mobile app sends the packets of its pendant to whatever address was typed. As PCM they would be noise:
 * short payloads that begin with one and the same table-of-contents byte, some of an odd length, which 16-bit
 * PCM never has.
 */
export function createMisroutedOpusWatch(): MisroutedOpusWatch {
  let first: number | undefined;
  let alike = 0;
  let hasOdd = false;
  let isPcm = false;

  return {
    isOpus(payload) {
      if (isPcm) return false;
      first ??= payload[0];
      const isCelt = first !== undefined && (first & celtMonoMask) === celtMonoBits;
      const isAlike =
        isCelt &&
        payload[0] === first &&
        payload.byteLength <= maxPacketBytes &&
        opusPacketDurationMs(payload) !== null;
      isPcm = !isAlike;
      alike += 1;
      hasOdd ||= payload.byteLength % 2 === 1;
      return isAlike && hasOdd && alike >= telling;
    },
  };
}
