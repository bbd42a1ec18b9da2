/** What a presentation says, and step 14 of VER-1 for it (PRS-4, PRS-5, PRS-7 to PRS-9). */

import { need } from "./errors.js";
import { equal } from "./bytes.js";
import { decode, encode } from "./cbor.js";
import { verifySignature } from "./engines.js";
import { isTime } from "./numbers.js";

/**
 * @typedef {object} Showing
 * @property {number} at iat: when the device made it
 * @property {Uint8Array} [nonce]
 * @property {Uint8Array} [opening] of the binding: to be forgotten once it is compared (PRS-10)
 */

const OPENING = -65538;
const BACK = 60; // PRS-8
const AHEAD = 30;

/** Whether a nonce has its size. @param {unknown} nonce @returns {nonce is Uint8Array} */
export function isNonce(nonce) {
  return nonce instanceof Uint8Array && nonce.length >= 8 && nonce.length <= 64;
}

/** Whether an opening has its size. @param {unknown} opening @returns {opening is Uint8Array} */
export function isOpening(opening) {
  return opening instanceof Uint8Array && opening.length === 16;
}

/** PRS-4. @param {Uint8Array} payload @returns {Showing} */
export function readShowing(payload) {
  const word = "malformed-payload";
  const map = decode(payload, 4);
  need(map instanceof Map, word);
  for (const key of map.keys()) need(key === 6 || key === 10 || key === OPENING, word);
  const [at, nonce, opening] = [6, 10, OPENING].map((key) => map.get(key));
  need(isTime(at) && (nonce === undefined || isNonce(nonce)) && (opening === undefined || isOpening(opening)), word);
  return { at, ...(nonce && { nonce }), ...(opening && { opening }) };
}

/** @param {Showing} showing @returns {Uint8Array} */
export function writeShowing({ at, nonce, opening }) {
  /** @type {Map<number, import("./cbor.js").Value>} */
  const map = new Map([[6, at]]);
  if (nonce) map.set(10, nonce);
  if (opening) map.set(OPENING, opening);
  return encode(map);
}

/**
 * The list of section 7 of presentation.md, in its order.
 * @param {import("./engines.js").Engine} engine
 * @param {import("./envelope.js").Presentation} presentation
 * @param {import("./claims.js").Claims} claims
 * @param {import("./edges.js").Call} call
 * @param {import("./memory.js").Memory} [memory]
 * @returns {Promise<Showing>}
 */
export async function judgeShowing(engine, presentation, claims, { at, nonce }, memory) {
  need(claims.cnf, "presentation-mismatch");
  need(await verifySignature(engine, claims.cnf, presentation.signed, presentation.signature), "bad-signature"); // PRS-5
  const showing = readShowing(presentation.payload);
  const asked = nonce ? showing.nonce !== undefined && equal(nonce, showing.nonce) : showing.nonce === undefined;
  need(asked, "presentation-mismatch"); // PRS-7
  need(at - BACK <= showing.at && showing.at <= at + AHEAD, "presentation-stale"); // PRS-8
  need(!memory || memory.remember(presentation.bytes, presentation.credential.bytes, at), "presentation-stale"); // PRS-9
  return showing;
}
