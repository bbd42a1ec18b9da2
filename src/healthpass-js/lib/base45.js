/** Base45 (RFC 9285), read strictly: one text for each byte string (TXT-4). */

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map(Array.from(ALPHABET, (character, value) => [character, value]));

/** @param {Uint8Array} bytes @returns {string} */
export function encode(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = i + 1 < bytes.length;
    let n = /** @type {number} */ (bytes[i]);
    if (pair) n = n * 256 + /** @type {number} */ (bytes[i + 1]);
    for (let digit = 0; digit < (pair ? 3 : 2); digit++) {
      text += ALPHABET[n % 45];
      n = Math.floor(n / 45);
    }
  }
  return text;
}

/** The bytes, or undefined for a text that breaks TXT-4. @param {string} text @returns {Uint8Array | undefined} */
export function decode(text) {
  if (text.length % 3 === 1) return undefined; // TXT-4.3
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0));
  let out = 0;
  for (let i = 0; i < text.length; i += 3) {
    const size = Math.min(3, text.length - i);
    let n = 0;
    for (let digit = size - 1; digit >= 0; digit--) {
      const value = VALUES.get(text.charAt(i + digit));
      if (value === undefined) return undefined; // TXT-4.1
      n = n * 45 + value;
    }
    if (n > (size === 3 ? 0xffff : 0xff)) return undefined; // TXT-4.2
    if (size === 3) bytes[out++] = n >> 8;
    bytes[out++] = n & 0xff;
  }
  return bytes;
}
