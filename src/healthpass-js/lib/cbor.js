/** The CBOR that HP1 has: one encoding for each value (CBR-1 to CBR-7, DOC-7). */

import { need } from "./errors.js";
import { concat } from "./bytes.js";
import * as utf8 from "./utf8.js";

/** @typedef {number | string | Uint8Array | Value[] | Map<number, Value>} Value a data item */

const MOST = Number.MAX_SAFE_INTEGER; // CBR-3: 2^53 - 1
const WORD = "malformed-payload";

/** Reads data items one after the other; each breach is `malformed-payload`. */
export class Cursor {
  /** @param {Uint8Array} bytes @param {number} [at] */
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** @returns {number} */
  byte() {
    need(this.at < this.bytes.length, WORD);
    return /** @type {number} */ (this.bytes[this.at++]);
  }

  /** The next n bytes, not copied. @param {number} n @returns {Uint8Array} */
  take(n) {
    need(n <= this.bytes.length - this.at, WORD);
    return this.bytes.subarray(this.at, (this.at += n));
  }

  /** The next head: its major type, and its number in the shortest form (CBR-2 to CBR-4). @returns {[major: number, n: number]} */
  head() {
    const first = this.byte();
    const major = first >> 5;
    const short = first & 31;
    need(major <= 5 && short <= 27, WORD);
    if (short < 24) return [major, short];
    const size = 1 << (short - 24);
    let n = 0;
    for (let i = 0; i < size; i++) n = n * 256 + this.byte();
    // n is exact up to 2^53; what is above stays above.
    need(n >= (size === 1 ? 24 : 2 ** (4 * size)), WORD);
    need(n <= (major === 1 ? MOST - 1 : MOST), WORD);
    return [major, n];
  }

  /** A head of this major type. @param {number} major @returns {number} */
  expect(major) {
    const [found, n] = this.head();
    need(found === major, WORD);
    return n;
  }

  /** A text string (CBR-6). @param {number} n bytes of it @returns {string} */
  text(n) {
    const text = utf8.decode(this.take(n));
    need(text !== undefined, WORD);
    return text;
  }

  /** One data item, in which at most `depth` arrays and maps are open at once. @param {number} depth @returns {Value} */
  item(depth) {
    const [major, n] = this.head();
    if (major === 0) return n;
    if (major === 1) return -1 - n;
    if (major === 2) return this.take(n).slice();
    if (major === 3) return this.text(n);
    need(depth > 0, WORD); // CBR-7
    if (major === 4) {
      /** @type {Value[]} */
      const array = [];
      for (let i = 0; i < n; i++) array.push(this.item(depth - 1));
      return array;
    }
    /** @type {Map<number, Value>} */
    const map = new Map();
    let before = -1;
    for (let i = 0; i < n; i++) {
      const [kind, number] = this.head();
      need(kind <= 1, WORD); // CBR-5.1
      const key = kind === 0 ? number : -1 - number;
      need(i === 0 || (before >= 0 ? key < 0 || key > before : key < before), WORD); // CBR-5.2
      map.set(key, this.item(depth - 1));
      before = key;
    }
    return map;
  }
}

/** The one data item that the bytes are (CBR-1). @param {Uint8Array} bytes @param {number} depth @returns {Value} */
export function decode(bytes, depth) {
  const cursor = new Cursor(bytes);
  const value = cursor.item(depth);
  need(cursor.at === bytes.length, WORD);
  return value;
}

/** Refuses more than `most` data items, counted from head to head (DOC-7.3). @param {Uint8Array} bytes @param {number} most */
export function countItems(bytes, most) {
  const cursor = new Cursor(bytes);
  for (let count = 0; cursor.at < bytes.length; count++) {
    need(count < most, WORD);
    const [major, n] = cursor.head();
    if (major === 2 || major === 3) cursor.take(n);
  }
}

/** A head in its shortest form. @param {number} major @param {number} n @returns {Uint8Array} */
export function head(major, n) {
  const top = major << 5;
  if (n < 24) return Uint8Array.of(top | n);
  const size = n < 0x100 ? 1 : n < 0x10000 ? 2 : n < 0x100000000 ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = top | (24 + Math.log2(size));
  for (let i = size; i > 0; i--) {
    bytes[i] = n % 256;
    n = Math.floor(n / 256);
  }
  return bytes;
}

/** A byte string with its head. @param {Uint8Array} bytes @returns {Uint8Array} */
export function byteString(bytes) {
  return concat(head(2, bytes.length), bytes);
}

/**
 * The encoding of a value, the keys of maps in order.
 * @param {Value} value of integers within CBR-3 and texts without lone surrogates
 * @returns {Uint8Array}
 * @throws {TypeError} for what HP1 cannot write
 */
export function encode(value) {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError(`not an integer of HP1: ${value}`);
    return value >= 0 ? head(0, value) : head(1, -1 - value);
  }
  if (typeof value === "string") {
    const bytes = utf8.encode(value);
    if (bytes === undefined) throw new TypeError("a surrogate stands alone");
    return concat(head(3, bytes.length), bytes);
  }
  if (value instanceof Uint8Array) return byteString(value);
  if (Array.isArray(value)) return concat(head(4, value.length), ...value.map(encode));
  if (value instanceof Map) {
    const keys = [...value.keys()].sort((a, b) => (a >= 0 === b >= 0 ? Math.abs(a) - Math.abs(b) : b - a));
    const parts = keys.flatMap((key) => [encode(key), encode(/** @type {Value} */ (value.get(key)))]);
    return concat(head(5, keys.length), ...parts);
  }
  throw new TypeError(`not a value of HP1: ${typeof value}`);
}
