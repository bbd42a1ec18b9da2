/** Challenges of gates and of offices, and the proof of a device key (PRS-11, ENR-1 to ENR-6). */

import { CallError } from "./errors.js";
import { ascii, concat, hasAt, hex } from "./bytes.js";
import { head } from "./cbor.js";
import { isNonce } from "./showing.js";
import { isIssuerId } from "./regions.js";
import { CHALLENGE, ENROLMENT, PROOF, readOther, writeText } from "./text.js";

const NONCE = hex("8250");
const PROOF_START = hex("d28443a10132a058348250");
const KEY = hex("5820");
const SIGNATURE = hex("5840");
const SIGNED = concat(hex("846a"), ascii("Signature1"), hex("43a10132"));

/** The nonce that a gate asks for (PRS-11). @param {string} text @returns {Uint8Array} 8 to 64 bytes @throws {CallError} for any other text */
export function readChallenge(text) {
  const nonce = readOther(text, CHALLENGE);
  if (!isNonce(nonce)) throw new CallError("no challenge of a gate: expected HPC1: and 8 to 64 bytes in Base45");
  return nonce;
}

/** The text that a gate shows. @param {Uint8Array} nonce 8 to 64 random bytes @returns {string} */
export function writeChallenge(nonce) {
  if (!isNonce(nonce)) throw new CallError("a nonce has 8 to 64 bytes");
  return writeText(CHALLENGE, nonce);
}

/** An office's challenge of enrolment (ENR-1). @param {string} text @returns {{nonce: Uint8Array, issuer: string}} @throws {CallError} for any other text */
export function readEnrolment(text) {
  const bytes = readOther(text, ENROLMENT);
  const wrong = new CallError("no challenge of an office: expected HPE1: and what ENR-1 says");
  if (!bytes || bytes.length < 19 || !hasAt(bytes, 0, NONCE)) throw wrong;
  const first = /** @type {number} */ (bytes[18]);
  const long = first === 0x78;
  const size = long ? (bytes[19] ?? 0) : first - 0x60;
  const start = long ? 20 : 19;
  if (size < (long ? 24 : 0) || size > (long ? 255 : 23) || bytes.length !== start + size) throw wrong;
  const issuer = String.fromCharCode(...bytes.subarray(start));
  if (!isIssuerId(issuer)) throw wrong;
  return { nonce: bytes.slice(2, 18), issuer };
}

/** What a device signs to prove its key (ENR-4). @param {Uint8Array} nonce @param {Uint8Array} key @param {string} issuer @returns {Uint8Array} */
export function proofToSign(nonce, key, issuer) {
  const context = ascii(`HPK1${issuer}`);
  return concat(SIGNED, head(2, context.length), context, hex("58348250"), nonce, KEY, key);
}

/** @param {Uint8Array} nonce @param {Uint8Array} key @param {Uint8Array} signature @returns {string} */
export function writeProof(nonce, key, signature) {
  return writeText(PROOF, concat(PROOF_START, nonce, KEY, key, SIGNATURE, signature));
}

/** The parts of a proof (ENR-3), or undefined. @param {string} text @returns {{nonce: Uint8Array, key: Uint8Array, signature: Uint8Array} | undefined} */
export function readProof(text) {
  const bytes = readOther(text, PROOF);
  if (!bytes || bytes.length !== 127) return undefined;
  if (!hasAt(bytes, 0, PROOF_START) || !hasAt(bytes, 27, KEY) || !hasAt(bytes, 61, SIGNATURE)) return undefined;
  return { nonce: bytes.slice(11, 27), key: bytes.slice(29, 61), signature: bytes.slice(63) };
}

