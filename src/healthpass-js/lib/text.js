/** The texts in QR codes, as they are: nothing is repaired (TXT-1 to TXT-5, PRS-1). */

import { need } from "./errors.js";
import * as base45 from "./base45.js";

export const CREDENTIAL = "HP1:";
export const PRESENTATION = "HPP1:";
export const CHALLENGE = "HPC1:";
export const ENROLMENT = "HPE1:";
export const PROOF = "HPK1:";

const MOST_CHARACTERS = 2048; // TXT-1.1, in code points
const VERSIONED = /^HPP?[1-9][0-9]{0,3}:/; // TXT-2

/** Whether a text is too long (TXT-1.1). @param {string} text @returns {boolean} */
function isTooLong(text) {
  if (text.length <= MOST_CHARACTERS) return false;
  if (text.length > 2 * MOST_CHARACTERS) return true;
  return [...text].length > MOST_CHARACTERS;
}

/**
 * Step 1 of VER-1.
 * @param {string} text
 * @returns {{prefix: "HP1:" | "HPP1:", bytes: Uint8Array}}
 */
export function readCode(text) {
  need(!isTooLong(text), "malformed-text");
  const prefix = VERSIONED.exec(text)?.[0];
  need(prefix !== undefined, "malformed-text"); // TXT-3
  need(prefix === CREDENTIAL || prefix === PRESENTATION, "unsupported-version"); // TXT-2
  const bytes = base45.decode(text.slice(prefix.length));
  need(bytes !== undefined, "malformed-text"); // TXT-4
  return { prefix, bytes };
}

/** The bytes of a text with this prefix; undefined for any other. @param {string} text @param {string} prefix @returns {Uint8Array | undefined} */
export function readOther(text, prefix) {
  if (isTooLong(text) || !text.startsWith(prefix)) return undefined;
  return base45.decode(text.slice(prefix.length));
}

/** @param {string} prefix @param {Uint8Array} bytes @returns {string} */
export function writeText(prefix, bytes) {
  return prefix + base45.encode(bytes);
}
