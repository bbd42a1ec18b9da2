/** The signed document: its layout, its signatures, and counting them (DOC-1 to DOC-6). */

import { need } from "../errors.js";
import { ascii, compare, concat, hasAt, hex, toHex } from "../bytes.js";
import { head } from "../cbor.js";
import { sha256 } from "../digest.js";
import { verifySignature } from "../engines.js";
import { span } from "../layout.js";
import { once } from "../once.js";
import { DOCUMENT_KINDS } from "../tables.js";

const WORD = "malformed-envelope";
const START = hex("d86284");
const HEADER = hex("4da201320448");
const SIGNATURE_START = concat(hex("83"), HEADER);
const SIGNATURE_MIDDLE = hex("a05840");
const SIGNATURE_SIZE = 82;
const SIGNATURE = concat(hex("8569"), ascii("Signature"));

/** @typedef {import("../engines.js").Engine} Engine */
/** @typedef {{kid: Uint8Array, name: string, bytes: Uint8Array}} Signature `name` is the kid in hexadecimal */

/**
 * Where the parts of a document stand, up to the number of its signatures (BDL-2).
 * @param {Uint8Array} bytes @param {number} at where it begins
 * @returns {{typ: Uint8Array, header: Uint8Array, payload: Uint8Array, signaturesAt: number, count: number, end: number}}
 */
export function outline(bytes, at) {
  need(hasAt(bytes, at, START), WORD);
  const outer = span(bytes, at + 3, 2);
  need(outer.end - outer.start >= 3 && bytes[outer.start] === 0xa1 && bytes[outer.start + 1] === 0x10, WORD);
  const typ = span(bytes, outer.start + 2, 3);
  need(typ.end === outer.end && bytes[outer.end] === 0xa0, WORD);
  const payload = span(bytes, outer.end + 1, 2, 24); // DOC-2.3
  const count = (bytes[payload.end] ?? 0) - 0x80;
  need(count >= 1 && count <= 16, WORD);
  const end = payload.end + 1 + count * SIGNATURE_SIZE;
  need(end <= bytes.length, WORD);
  return {
    typ: bytes.subarray(typ.start, typ.end),
    header: bytes.subarray(at + 3, outer.end),
    payload: bytes.subarray(payload.start, payload.end),
    signaturesAt: payload.end + 1,
    count,
    end,
  };
}

/** DOC-2 up to the unprotected header, and the typ (DOC-1.1, DOC-1.2). @param {Uint8Array} bytes @returns {typeof DOCUMENT_KINDS[number]} */
function kindOf(bytes) {
  need(hasAt(bytes, 0, START), WORD);
  const outer = span(bytes, 3, 2);
  need(outer.end - outer.start >= 3 && bytes[outer.start] === 0xa1 && bytes[outer.start + 1] === 0x10, WORD);
  const typ = span(bytes, outer.start + 2, 3);
  need(typ.end === outer.end && bytes[outer.end] === 0xa0, WORD);
  const name = String.fromCharCode(...bytes.subarray(typ.start, Math.min(typ.end, typ.start + 128)));
  const kind = DOCUMENT_KINDS.find((row) => row.typ === name);
  need(kind, "unsupported-kind");
  return kind;
}

/** A document that follows its layout. Nothing in its payload is known to be true. */
export class SignedDocument {
  /** @type {Map<string, Promise<boolean>>} */
  #verified = new Map();

  /**
   * Reads a document (DOC-1).
   * @param {Uint8Array} bytes
   * @param {readonly string[]} wanted the kinds that the reader wants
   */
  constructor(bytes, wanted) {
    const kind = kindOf(bytes);
    need(bytes.length <= kind.maxBytes, "too-large"); // DOC-1.3
    const parts = outline(bytes, 0);
    need(parts.end === bytes.length, WORD); // DOC-2.4
    this.bytes = bytes;
    this.kind = kind;
    this.payload = parts.payload;
    /** @type {Signature[]} */
    this.signatures = [];
    for (let i = 0; i < parts.count; i++) {
      const at = parts.signaturesAt + i * SIGNATURE_SIZE;
      need(hasAt(bytes, at, SIGNATURE_START) && hasAt(bytes, at + 15, SIGNATURE_MIDDLE), WORD);
      const kid = bytes.subarray(at + 7, at + 15);
      const before = this.signatures[i - 1];
      need(!before || compare(before.kid, kid) < 0, WORD); // DOC-3
      this.signatures.push({ kid, name: toHex(kid), bytes: bytes.subarray(at + 18, at + SIGNATURE_SIZE) });
    }
    need(parts.count === 1 || !["policy", "risk-map"].includes(kind.kind), WORD); // POL-1
    need(wanted.includes(kind.kind), "unsupported-kind"); // DOC-1.5
    /** SHA-256 of the payload, by which a document is known. */
    this.hash = sha256(parts.payload);
    this.name = toHex(this.hash);
    this.header = parts.header;
  }

  /** The bytes of a signature (DOC-4). @param {Uint8Array} kid @returns {Uint8Array} */
  signed(kid) {
    const typ = ascii(this.kind.typ);
    return concat(SIGNATURE, this.header, HEADER, kid, head(2, typ.length), typ, head(2, this.payload.length), this.payload);
  }

  /**
   * Whether a signature verifies under a key; verified once for each key.
   * @param {Engine} engine @param {Signature} signature @param {Uint8Array} key
   * @returns {Promise<boolean>}
   */
  async verifies(engine, signature, key) {
    const name = signature.name + toHex(key);
    return once(this.#verified, name, () => verifySignature(engine, key, this.signed(signature.kid), signature.bytes));
  }

  /** Whether a signature has the kid of a key of the set: which proves nothing, and saves work. @param {readonly RootKey[]} keys @returns {boolean} */
  names(keys) {
    return this.signatures.some(({ name }) => keys.some(({ kid }) => kid === name));
  }

  /**
   * Which keys of a set have signed, and whether each signature with the kid of one of them verifies (DOC-5.1).
   * @param {Engine} engine @param {readonly RootKey[]} keys
   * @returns {Promise<{signers: number, allVerify: boolean}>}
   */
  async signers(engine, keys) {
    let signers = 0;
    let allVerify = true;
    for (const signature of this.signatures) {
      const key = keys.find(({ kid }) => kid === signature.name);
      if (!key) continue;
      if (await this.verifies(engine, signature, key.publicKey)) signers++;
      else allVerify = false;
    }
    return { signers, allVerify };
  }

  /** Counts signatures (DOC-5). @param {Engine} engine @param {readonly RootKey[]} keys @param {number} threshold */
  async count(engine, keys, threshold) {
    const { signers, allVerify } = await this.signers(engine, keys);
    need(allVerify, "bad-signature");
    need(signers >= threshold, "threshold-not-met");
  }
}

/** @typedef {{publicKey: Uint8Array, kid: string}} RootKey a key of a root, with its kid in hexadecimal */
