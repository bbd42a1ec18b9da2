/**
 * What ../ed25519.js and ../noble.js give, with numbers alone: for engines without BigInt, as some mini-programs have. It
 * verifies, and signs nothing, because its time depends on what it computes with. Formulas of RFC 8032, section 5.1.4.
 */

import { equal, hex, toHex, concat } from "../bytes.js";
import { CallError } from "../errors.js";
import { add, fromBytes, invert, isZero, multiply, rootOfRatio, small, subtract, toBytes } from "./field.js";
import { sha512 } from "./sha512.js";

/** @typedef {import("./field.js").Element} Element */
/** In extended coordinates. @typedef {{x: Element, y: Element, z: Element, t: Element}} Point */
/** The multiples 0 to 15. @typedef {Point[]} Table */

const ORDER = hex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed").reverse(); // L
const IDENTITY = hex(`01${"00".repeat(31)}`);
const MOST_KEYS = 512;
const ZERO = small(0);
const ONE = small(1);
const D = fromBytes(hex("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3").reverse());
const D2 = add(D, D);
const NEUTRAL = { x: ZERO, y: ONE, z: ONE, t: ZERO };

/** @param {Point} p @param {Point} q @returns {Point} */
function sum(p, q) {
  const a = multiply(subtract(p.y, p.x), subtract(q.y, q.x));
  const b = multiply(add(p.y, p.x), add(q.y, q.x));
  const c = multiply(multiply(p.t, D2), q.t);
  const d = multiply(add(p.z, p.z), q.z);
  const [e, f, g, h] = [subtract(b, a), subtract(d, c), add(d, c), add(b, a)];
  return { x: multiply(e, f), y: multiply(g, h), z: multiply(f, g), t: multiply(e, h) };
}

/** @param {Point} p @returns {Point} */
function double(p) {
  const a = multiply(p.x, p.x);
  const b = multiply(p.y, p.y);
  const z2 = multiply(p.z, p.z);
  const xy = add(p.x, p.y);
  const h = add(a, b);
  const e = subtract(h, multiply(xy, xy));
  const g = subtract(a, b);
  const f = add(add(z2, z2), g);
  return { x: multiply(e, f), y: multiply(g, h), z: multiply(f, g), t: multiply(e, h) };
}

/** @param {Point} p @returns {Table} */
function tableOf(p) {
  /** @type {Table} */
  const table = [NEUTRAL];
  for (let i = 1; i < 16; i++) table.push(sum(/** @type {Point} */ (table[i - 1]), p));
  return table;
}

/** The sum of points, each so many times. @param {[Table, Uint8Array][]} terms with 32 bytes, least significant first @returns {Point} */
function combine(terms) {
  /** @type {Point} */
  let all = NEUTRAL;
  for (let nibble = 63; nibble >= 0; nibble--) {
    if (all !== NEUTRAL) all = double(double(double(double(all))));
    for (const [table, times] of terms) {
      const digit = (/** @type {number} */ (times[nibble >> 1]) >> (4 * (nibble & 1))) & 15;
      if (digit !== 0) all = sum(all, /** @type {Point} */ (table[digit]));
    }
  }
  return all;
}

/** @param {Point} p @returns {Uint8Array} */
function encode({ x, y, z }) {
  const inverse = invert(z);
  const bytes = toBytes(multiply(y, inverse));
  bytes[31] = /** @type {number} */ (bytes[31]) | ((/** @type {number} */ (toBytes(multiply(x, inverse))[0]) & 1) << 7);
  return bytes;
}

/** @param {Uint8Array} bytes 32 @returns {Point | undefined} undefined for what is no canonical encoding of a point (SIG-1.1, SIG-1.2) */
function decode(bytes) {
  const y = fromBytes(bytes);
  const y2 = multiply(y, y);
  const root = rootOfRatio(subtract(y2, ONE), add(multiply(D, y2), ONE));
  if (!root) return undefined;
  const isOdd = (/** @type {number} */ (toBytes(root)[0]) & 1) === 1;
  const x = isOdd === /** @type {number} */ (bytes[31]) > 0x7f ? root : subtract(ZERO, root);
  const point = { x, y, z: ONE, t: multiply(x, y) };
  return equal(encode(point), bytes) ? point : undefined;
}

/** Whether a number is below L. @param {ArrayLike<number>} bytes least significant first @returns {boolean} */
function isBelowOrder(bytes) {
  for (let i = 31; i >= 0; i--) {
    const difference = /** @type {number} */ (bytes[i]) - /** @type {number} */ (ORDER[i]);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** A number modulo L. @param {Uint8Array} bytes least significant first @returns {Uint8Array} 32 bytes */
function moduloOrder(bytes) {
  const rest = new Uint8Array(32);
  for (let bit = 8 * bytes.length - 1; bit >= 0; bit--) {
    let over = (/** @type {number} */ (bytes[bit >> 3]) >> (bit & 7)) & 1;
    for (let i = 0; i < 32; i++) {
      over += 2 * /** @type {number} */ (rest[i]);
      rest[i] = over;
      over >>= 8;
    }
    if (isBelowOrder(rest)) continue;
    let under = 0;
    for (let i = 0; i < 32; i++) {
      under += /** @type {number} */ (rest[i]) - /** @type {number} */ (ORDER[i]);
      rest[i] = under;
      under >>= 8;
    }
  }
  return rest;
}

const BASE = tableOf(/** @type {Point} */ (decode(hex(`58${"66".repeat(31)}`))));

/** Multiples of the points of keys, with the sign changed; null for keys that break SIG-1. @type {Map<string, Table | null>} */
const tables = new Map();

/** @param {Uint8Array} key @returns {Table | null} */
function tableOfKey(key) {
  const name = toHex(key);
  let table = tables.get(name);
  if (table === undefined) {
    const point = key.length === 32 ? decode(key) : undefined;
    const multiples = point && tableOf({ ...point, x: subtract(ZERO, point.x), t: subtract(ZERO, point.t) });
    const isOfOrderL = multiples && !equal(key, IDENTITY) && equal(encode(combine([[multiples, ORDER]])), IDENTITY); // SIG-1.3
    table = isOfOrderL ? multiples : null;
    if (tables.size >= MOST_KEYS) tables.clear();
    tables.set(name, table);
  }
  return table;
}

/** Whether these bytes are a public key (SIG-1). @param {Uint8Array} key @returns {boolean} */
export function isPublicKey(key) {
  return tableOfKey(key) !== null;
}

/** SIG-5.1 to SIG-5.3, as in ../ed25519.js. @param {Uint8Array} key @param {Uint8Array} signature @returns {boolean} */
export function mayVerify(key, signature) {
  if (signature.length !== 64 || !isBelowOrder(signature.subarray(32))) return false;
  return !isZero(subtract(fromBytes(signature), ONE)) && isPublicKey(key); // the y of R
}

/** SIG-5.4, as in ../noble.js. @param {Uint8Array} key @param {Uint8Array} message @param {Uint8Array} signature @returns {boolean} */
export function equationHolds(key, message, signature) {
  const table = tableOfKey(key);
  if (table === null) return false;
  const r = signature.subarray(0, 32);
  const k = moduloOrder(sha512(concat(r, key, message)));
  return equal(encode(combine([[BASE, signature.subarray(32)], [table, k]])), r);
}

/** @returns {never} */
export function sign() {
  throw new CallError("this engine has no BigInt, and makes no signatures");
}

export const publicKeyOf = sign;
