/** Public keys: their names, and which may be trusted (SIG-1 to SIG-3). */

import { concat, hex, toHex } from "./bytes.js";
import { sha256 } from "./digest.js";
import { isPublicKey } from "./ed25519.js";
import { PUBLISHED_KEYS } from "./tables.js";

const COSE_KEY = hex("a301012006215820"); // {1: 1, -1: 6, -2: x}, up to the bytes of x

/** The COSE thumbprint (RFC 9679): what people compare. @param {Uint8Array} key @returns {Uint8Array} 32 bytes */
export function thumbprint(key) {
  return sha256(concat(COSE_KEY, key));
}

/** The kid: it finds a key and proves nothing (SIG-3). @param {Uint8Array} key @returns {Uint8Array} 8 bytes */
export function kidOf(key) {
  return thumbprint(key).slice(0, 8);
}

/** Whether the private half of a key is published. @param {Uint8Array} key @returns {boolean} */
export function isPublished(key) {
  return PUBLISHED_KEYS.has(toHex(key));
}

/** Whether a key may be an issuer's or an authority's (SIG-1, SIG-2). @param {Uint8Array} key @returns {boolean} */
export function isTrustworthy(key) {
  return !isPublished(key) && isPublicKey(key);
}

/** The key of `{1: 1, -1: 6, -2: x}` and no other map, x of 32 bytes; or undefined. @param {unknown} map @returns {Uint8Array | undefined} */
export function keyOfCose(map) {
  if (!(map instanceof Map) || map.size !== 3 || map.get(1) !== 1 || map.get(-1) !== 6) return undefined;
  const x = map.get(-2);
  return x instanceof Uint8Array && x.length === 32 ? x : undefined;
}
