/** The fixed layouts of credential and presentation (ENV-1 to ENV-4, PRS-2, PRS-3), and what is signed (SIG-4, PRS-5). */

import { need } from "./errors.js";
import { ascii, concat, hasAt, hex } from "./bytes.js";
import { head } from "./cbor.js";

const WORD = "malformed-envelope";
const START = hex("d2844da201320448");
const HEADER = hex("4da201320448");
const MOST_CREDENTIAL = 1024; // ENV-1
const MOST_PROTECTED = 1028; // PRS-2.2
const SIGNATURE = hex("5840");
const SIGNATURE1 = concat(hex("846a"), ascii("Signature1"));
const FOR_CREDENTIAL = hex("43485031"); // external_aad "HP1"
const FOR_PRESENTATION = hex("4448505031"); // external_aad "HPP1"
const PRESENTATION_HEADER = hex("a201320d");

/**
 * @typedef {object} Credential
 * @property {Uint8Array} bytes all of it
 * @property {Uint8Array} kid
 * @property {Uint8Array} payload not to be decoded before the signature is good (SIG-6)
 * @property {Uint8Array} signature
 * @property {Uint8Array} signed the bytes that are signed
 */

/** Step 2 of VER-1. @param {Uint8Array} bytes @returns {Credential} */
export function readCredential(bytes) {
  need(bytes.length <= MOST_CREDENTIAL && bytes.length > 19, WORD);
  need(hasAt(bytes, 0, START) && bytes[16] === 0xa0, WORD);
  const two = bytes[17] === 0x59;
  need(two || bytes[17] === 0x58, WORD);
  const b18 = /** @type {number} */ (bytes[18]);
  const size = two ? b18 * 256 + /** @type {number} */ (bytes[19]) : b18;
  need(size >= (two ? 256 : 24), WORD); // ENV-3
  const start = two ? 20 : 19;
  need(bytes.length === start + size + 66 && hasAt(bytes, start + size, SIGNATURE), WORD); // ENV-4
  const kid = bytes.subarray(8, 16);
  return {
    bytes,
    kid,
    payload: bytes.subarray(start, start + size),
    signature: bytes.subarray(start + size + 2),
    signed: concat(SIGNATURE1, HEADER, kid, FOR_CREDENTIAL, bytes.subarray(17, start + size)),
  };
}

/** The bytes that an issuer signs. @param {Uint8Array} kid @param {Uint8Array} payload @returns {Uint8Array} */
export function credentialToSign(kid, payload) {
  return concat(SIGNATURE1, HEADER, kid, FOR_CREDENTIAL, head(2, payload.length), payload);
}

/** @param {Uint8Array} kid @param {Uint8Array} payload @param {Uint8Array} signature @returns {Uint8Array} */
export function writeCredential(kid, payload, signature) {
  return concat(START, kid, hex("a0"), head(2, payload.length), payload, SIGNATURE, signature);
}

/**
 * @typedef {object} Presentation
 * @property {Uint8Array} bytes
 * @property {Credential} credential
 * @property {Uint8Array} payload
 * @property {Uint8Array} signature
 * @property {Uint8Array} signed
 */

/** PRS-2 and PRS-3. @param {Uint8Array} bytes @returns {Presentation} */
export function readPresentation(bytes) {
  need(bytes.length > 5 && bytes[0] === 0xd2 && bytes[1] === 0x84, WORD);
  const two = bytes[2] === 0x59;
  need(two || bytes[2] === 0x58, WORD);
  const b3 = /** @type {number} */ (bytes[3]);
  const size = two ? b3 * 256 + /** @type {number} */ (bytes[4]) : b3;
  need(size >= (two ? 256 : 24) && size <= MOST_PROTECTED, WORD);
  const start = two ? 5 : 4;
  const end = start + size;
  need(hasAt(bytes, start, PRESENTATION_HEADER) && bytes.length > end + 2 && bytes[end] === 0xa0, WORD);
  const first = /** @type {number} */ (bytes[end + 1]);
  const short = first >= 0x40 + 7 && first <= 0x40 + 23;
  need(short || (first === 0x58 && /** @type {number} */ (bytes[end + 2]) >= 24), WORD); // PRS-2.3
  const length = short ? first - 0x40 : /** @type {number} */ (bytes[end + 2]);
  const payloadAt = end + (short ? 2 : 3);
  const after = payloadAt + length;
  need(bytes.length === after + 66 && hasAt(bytes, after, SIGNATURE), WORD);
  return {
    bytes,
    credential: readCredential(bytes.subarray(start + 4, end)), // PRS-3
    payload: bytes.subarray(payloadAt, after),
    signature: bytes.subarray(after + 2),
    signed: concat(SIGNATURE1, bytes.subarray(2, end), FOR_PRESENTATION, bytes.subarray(end + 1, after)),
  };
}

/** The parts of a presentation before its signature, and what the device signs. @param {Uint8Array} credential @param {Uint8Array} payload @returns {{signed: Uint8Array, finish: (signature: Uint8Array) => Uint8Array}} */
export function presentationToSign(credential, payload) {
  const protectedHeader = concat(head(2, credential.length + 4), PRESENTATION_HEADER, credential);
  const body = concat(head(2, payload.length), payload);
  return {
    signed: concat(SIGNATURE1, protectedHeader, FOR_PRESENTATION, body),
    finish: (signature) => concat(hex("d284"), protectedHeader, hex("a0"), body, SIGNATURE, signature),
  };
}
