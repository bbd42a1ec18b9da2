/** Public keys (SIG-1), and what SIG-5 asks around its equation: without a library, for platforms that compute the equation. */

import { toHex } from "./bytes.js";
import { decodePoint, isOfOrderL, P } from "./curve.js";

const ORDER = BigInt("0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"); // L
const MOST_KEYS = 8192;

/** @typedef {import("./curve.js").Point} Point */

/** Points of keys that meet SIG-1, and null for keys that do not. @type {Map<string, Point | null>} */
const points = new Map();

/** The point of a key, or null if it breaks SIG-1. @param {Uint8Array} key @returns {Point | null} */
export function pointOf(key) {
  const name = toHex(key);
  let point = points.get(name);
  if (point === undefined) {
    const decoded = key.length === 32 ? decodePoint(littleEndian(key)) : undefined; // SIG-1.1, SIG-1.2
    point = decoded && isOfOrderL(decoded) ? decoded : null; // SIG-1.3
    if (points.size >= MOST_KEYS) points.clear();
    points.set(name, point);
  }
  return point;
}

/** Whether these bytes are a public key (SIG-1). @param {Uint8Array} key @returns {boolean} */
export function isPublicKey(key) {
  return pointOf(key) !== null;
}

/** A number of bytes, least significant first. @param {Uint8Array} bytes @returns {bigint} */
export function littleEndian(bytes) {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`);
}

/**
 * The checks of SIG-5 that platforms lack, or need not make: S < L, a key of order L, and an R that is not of small order.
 * Given SIG-5.2 and SIG-5.4, R could only be the identity: in any encoding, where a platform compares points and not bytes.
 * @param {Uint8Array} key @param {Uint8Array} signature @returns {boolean}
 */
export function mayVerify(key, signature) {
  return (
    signature.length === 64 &&
    littleEndian(signature.subarray(32)) < ORDER &&
    BigInt.asUintN(255, littleEndian(signature.subarray(0, 32))) % P !== BigInt(1) && // y
    isPublicKey(key)
  );
}
