/** The samples of a WAV file of 16 kHz, mono, s16le. Throws when `wav` is anything else; `what` names it. */
export function pcmOfWav(wav: Uint8Array, what: string): Uint8Array {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  const isRiff = wav.length >= 12 && tag(wav, 0) === 'RIFF' && tag(wav, 8) === 'WAVE';
  if (!isRiff) throw new Error(`${what}: not a WAV file`);
  let isSpeechFormat = false;
  for (let at = 12; at + 8 <= wav.length;) {
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    switch (tag(wav, at)) {
      case 'fmt ':
        isSpeechFormat =
          view.getUint16(body, true) === 1 &&
          view.getUint16(body + 2, true) === 1 &&
          view.getUint32(body + 4, true) === 16_000 &&
          view.getUint16(body + 14, true) === 16;
        break;
      case 'data':
        if (!isSpeechFormat) throw new Error(`${what}: not 16 kHz mono with 16 bits`);
        return wav.subarray(body, body + size);
    }
    at = body + size + (size % 2);
  }
  throw new Error(`${what}: no sound in the file`);
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
