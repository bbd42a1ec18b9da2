/** Texts that people read: labels of holders, names of offices (HLT-7, ISS-3, DOC-11). */

import { REFUSED_BY_VERIFIER } from "./tables.js";
import * as utf8 from "./utf8.js";

/** Whether a text has a code point of a table. @param {string} text @param {readonly (readonly [number, number])[]} ranges @returns {boolean} */
export function hasPointOf(text, ranges) {
  for (const character of text) {
    const point = /** @type {number} */ (character.codePointAt(0));
    if (ranges.some(([first, last]) => first <= point && point <= last)) return true;
  }
  return false;
}

/** Whether a value is a text of 1 to `most` bytes without what verifiers refuse. @param {unknown} value @param {number} most @returns {value is string} */
export function isLabel(value, most) {
  if (typeof value !== "string" || value.length > most) return false;
  const bytes = utf8.encode(value);
  return bytes !== undefined && bytes.length >= 1 && bytes.length <= most && !hasPointOf(value, REFUSED_BY_VERIFIER);
}
