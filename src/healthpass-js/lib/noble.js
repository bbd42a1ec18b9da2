/** The equation of SIG-5 and signatures on the points of @noble/curves (whose own `verify` has the cofactor). */

import { ed25519 } from "@noble/curves/ed25519.js";
import { concat, equal } from "./bytes.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { littleEndian, pointOf } from "./ed25519.js";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER; // L
const OFTEN = 8; // a key that is used so many times is likely an issuer's, and gets a table of its multiples
const WINDOW = 4; // bits; a table of 520 points, whose making costs as much as 5 verifications
const MOST_TABLES = 16;

/** @typedef {InstanceType<typeof Point>} CurvePoint */

/** The points of keys, and how often they have been used. @type {WeakMap<import("./ed25519.js").Point, {point: CurvePoint, uses: number}>} */
const known = new WeakMap();
/** Those with tables, the oldest first. @type {{point: CurvePoint, uses: number}[]} */
const tabled = [];

/** The library's point, with a table where it is used often. @param {import("./ed25519.js").Point} key @returns {CurvePoint} */
function use(key) {
  const one = known.get(key) ?? { point: Point.fromAffine(key), uses: 0 };
  known.set(key, one);
  if (++one.uses === OFTEN) {
    one.point.precompute(WINDOW);
    tabled.push(one);
    const oldest = tabled.length > MOST_TABLES ? tabled.shift() : undefined;
    oldest?.point.precompute(1); // without a table, as at first
    if (oldest) oldest.uses = 0;
  }
  return one.point;
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
  return equal(Point.BASE.multiplyUnsafe(s).subtract(use(point).multiplyUnsafe(k)).toBytes(), r);
}

/** The signature of RFC 8032, section 5.1.6 (SIG-7). @param {Uint8Array} seed 32 bytes @param {Uint8Array} message @returns {Uint8Array} */
export function sign(seed, message) {
  return ed25519.sign(message, seed);
}

/** The public key of a seed. @param {Uint8Array} seed 32 bytes @returns {Uint8Array} */
export function publicKeyOf(seed) {
  return ed25519.getPublicKey(seed);
}
