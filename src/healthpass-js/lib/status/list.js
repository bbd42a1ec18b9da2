/** A status list: its layout, its claims, its entries (STL-1 to STL-7). */

import { need, Refusal } from "../errors.js";
import { ascii, concat, hasAt, hex, toHex } from "../bytes.js";
import { Cursor } from "../cbor.js";
import { verifySignature } from "../engines.js";
import { span } from "../layout.js";
import { isTime } from "../numbers.js";
import { once } from "../once.js";
import { inflate } from "./inflate.js";

const MOST_BYTES = 1_114_112; // STL-1
const START = hex("d284582aa301320448");
const MIDDLE = concat(hex("10781a"), ascii("application/statuslist+cwt"), hex("a0"));
const SIGNED = concat(hex("846a"), ascii("Signature1"));
const MOST_LIFE = 604_800; // STL-4
const MOST_ENTRIES = 1_048_576; // STL-5

/** @typedef {{sub: string, exp: number, iat: number, bits: number, entries: Uint8Array, ttl?: number}} ListClaims */

/** A list that follows its layout. */
export class StatusList {
  /** @type {Map<string, Promise<boolean>>} */
  #verified = new Map();
  /** @type {ListClaims | Refusal | undefined} */
  #claims;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    need(bytes.length <= MOST_BYTES, "too-large");
    need(hasAt(bytes, 0, START) && hasAt(bytes, 17, MIDDLE), "malformed-envelope");
    const payload = span(bytes, 47, 2, 24);
    const end = payload.end;
    need(hasAt(bytes, end, hex("5840")) && bytes.length === end + 66, "malformed-envelope");
    this.bytes = bytes;
    this.kid = toHex(bytes.subarray(9, 17));
    this.payload = bytes.subarray(payload.start, payload.end);
    this.signature = bytes.subarray(end + 2);
    /** The bytes that are signed (STL-2). */
    this.signed = concat(SIGNED, bytes.subarray(2, 46), hex("40"), bytes.subarray(47, end));
  }

  /** Whether its signature verifies under a key. @param {import("../engines.js").Engine} engine @param {Uint8Array} key @returns {Promise<boolean>} */
  verifies(engine, key) {
    return once(this.#verified, toHex(key), () => verifySignature(engine, key, this.signed, this.signature));
  }

  /** Its claims, after its signature has been found good (STL-3 to STL-5). @returns {ListClaims} */
  claims() {
    if (!this.#claims) {
      try {
        this.#claims = readListClaims(this.payload);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#claims = error;
      }
    }
    if (this.#claims instanceof Refusal) throw this.#claims;
    return this.#claims;
  }

  /** What an entry says (STL-6). @param {number} index @returns {"good" | "revoked" | "unknown"} */
  entry(index) {
    const { bits, entries } = this.claims();
    const byte = entries[Math.floor((index * bits) / 8)];
    if (byte === undefined) return "unknown";
    const value = (byte >> ((index * bits) % 8)) & ((1 << bits) - 1);
    return value === 0 ? "good" : value === 1 ? "revoked" : "unknown";
  }
}

/** @param {Uint8Array} bytes @returns {StatusList} */
export function readList(bytes) {
  return new StatusList(bytes);
}

/** STL-3, then STL-4 and STL-5. @param {Uint8Array} payload @returns {ListClaims} */
function readListClaims(payload) {
  const cursor = new Cursor(payload);
  const word = "malformed-payload";
  /** @param {number} key */
  const key = (key) => need(cursor.expect(0) === key, word);
  const text = () => cursor.text(cursor.expect(3));
  const members = cursor.expect(5);
  need(members === 4 || members === 5, word);
  key(2);
  const sub = text();
  key(4);
  const exp = cursor.expect(0);
  key(6);
  const iat = cursor.expect(0);
  key(65_533);
  need(cursor.expect(5) === 2 && text() === "bits", word);
  const bits = cursor.expect(0);
  need(text() === "lst", word);
  const stream = cursor.take(cursor.expect(2));
  if (members === 5) key(65_534);
  const ttl = members === 5 ? cursor.expect(0) : undefined;
  need(cursor.at === payload.length, word);

  need(isTime(exp) && isTime(iat) && iat < exp && exp - iat <= MOST_LIFE, "malformed-document"); // STL-4
  need([1, 2, 4, 8].includes(bits), "malformed-document"); // STL-5.1
  const entries = inflate(stream, (MOST_ENTRIES / 8) * bits);
  need(entries && entries.length >= 1, "malformed-document"); // STL-5.2
  return { sub, exp, iat, bits, entries, ...(ttl !== undefined && { ttl }) };
}
