/** CRC-32 with polynomial 0x04c11db7, not reflected (RFC 3533, section 6). */
const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit += 1) {
    crc = (crc & 0x8000_0000) === 0 ? crc << 1 : (crc << 1) ^ 0x04c1_1db7;
  }
  return crc >>> 0;
});

/** Where a page keeps its checksum, which counts as 0 itself. */
const [fieldStart, fieldEnd] = [22, 26];

/** The checksum of an Ogg page, whatever its checksum field says. */
export function oggChecksum(page: Uint8Array): number {
  let crc = 0;
  for (let at = 0; at < page.byteLength; at += 1) {
    const byte = at >= fieldStart && at < fieldEnd ? 0 : (page[at] ?? 0);
    crc = (crc << 8) ^ (table[((crc >>> 24) ^ byte) & 0xff] ?? 0);
  }
  return crc >>> 0;
}
