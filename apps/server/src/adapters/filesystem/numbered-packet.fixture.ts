/** An Opus packet of 20 ms that says which one it is. */
export function numberedPacket(seq: number): Uint8Array {
  const packet = new Uint8Array(60).fill(seq & 0xff);
  packet[0] = 23 << 3;
  new DataView(packet.buffer).setUint32(1, seq);
  return packet;
}

export function numberOf(packet: Uint8Array): number {
  return new DataView(packet.buffer, packet.byteOffset).getUint32(1);
}
