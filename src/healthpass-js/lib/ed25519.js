/** Ed25519 as SIG-1 and SIG-5 say, on the points of @noble/curves (whose own `verify` has the cofactor). */

import { ed25519 } from "@noble/curves/ed25519.js";
import { concat, equal, toHex } from "./bytes.js";
import { sha512 } from "./digest.js";
import { isOfOrderL } from "./subgroup.js";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER; // L
const IDENTITY = Point.ZERO.toBytes(); // 01 and 31 bytes 00
const MOST_KEYS = 8192;
const OFTEN = 8; // a key that has verified so many signatures is an issuer's, and gets a table of its multiples
const WINDOW = 4; // bits; a table of 520 points, whose making costs as much as 5 verifications
const MOST_TABLES = 16;

/** @typedef {InstanceType<typeof Point>} CurvePoint */

/** Points of keys that meet SIG-1, and null for keys that do not. @type {Map<string, CurvePoint | null>} */
const points = new Map();
/** How often a point has been used. @type {WeakMap<CurvePoint, number>} */
const uses = new WeakMap();
/** The points with tables, the oldest first. @type {CurvePoint[]} */
const tabled = [];

/** @param {Uint8Array} bytes @returns {CurvePoint | null} */
function decodePoint(bytes) {
  if (bytes.length !== 32) return null;
  try {
    const point = Point.fromBytes(bytes, false); // SIG-1.1, SIG-1.2
    return !point.is0() && isOfOrderL(point.X, point.Y) ? point : null; // SIG-1.3
  } catch {
    return null;
  }
}

/** The point of a key, or null if it breaks SIG-1. @param {Uint8Array} key @returns {CurvePoint | null} */
function pointOf(key) {
  const name = toHex(key);
  let point = points.get(name);
  if (point === undefined) {
    point = decodePoint(key);
    if (points.size >= MOST_KEYS) points.clear();
    points.set(name, point);
  }
  return point;
}

/** Makes a table for a point that is used often. @param {CurvePoint} point @returns {CurvePoint} the same */
function used(point) {
  const times = (uses.get(point) ?? 0) + 1;
  uses.set(point, times);
  if (times === OFTEN) {
    tabled.push(point.precompute(WINDOW));
    const oldest = tabled.length > MOST_TABLES ? tabled.shift() : undefined;
    if (oldest) uses.delete(oldest.precompute(1)); // without a table, as at first
  }
  return point;
}

/** Whether these bytes are a public key (SIG-1). @param {Uint8Array} key @returns {boolean} */
export function isPublicKey(key) {
  return pointOf(key) !== null;
}

/** A number of bytes, least significant first. @param {Uint8Array} bytes @returns {bigint} */
function littleEndian(bytes) {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`);
}

/**
 * The checks of SIG-5 that platforms lack, or need not make: S < L, a key of order L, and an R that is not of small order
 * (given SIG-5.2 and SIG-5.4, R could only be the identity).
 * @param {Uint8Array} key @param {Uint8Array} signature @returns {boolean}
 */
export function mayVerify(key, signature) {
  return (
    signature.length === 64 &&
    littleEndian(signature.subarray(32)) < ORDER &&
    !equal(signature.subarray(0, 32), IDENTITY) &&
    isPublicKey(key)
  );
}

/**
 * SIG-5.4, after `mayVerify`: the encoding of [S]B - [k]A is R, byte for byte.
 * @param {Uint8Array} key @param {Uint8Array} message @param {Uint8Array} signature @returns {boolean}
 */
export function equationHolds(key, message, signature) {
  const point = pointOf(key);
  if (point === null) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const k = littleEndian(sha512(concat(r, key, message))) % ORDER;
  return equal(Point.BASE.multiplyUnsafe(s).subtract(used(point).multiplyUnsafe(k)).toBytes(), r);
}

/** The signature of RFC 8032, section 5.1.6 (SIG-7). @param {Uint8Array} seed 32 bytes @param {Uint8Array} message @returns {Uint8Array} */
export function sign(seed, message) {
  return ed25519.sign(message, seed);
}

/** The public key of a seed. @param {Uint8Array} seed 32 bytes @returns {Uint8Array} */
export function publicKeyOf(seed) {
  return ed25519.getPublicKey(seed);
}
