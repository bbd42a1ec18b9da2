/** The binding of a code to an identity document (BND-1 to BND-4). */

import { CallError } from "./errors.js";
import { ascii, concat, equal } from "./bytes.js";
import { sha256 } from "./digest.js";
import { DOCUMENT_TYPES } from "./tables.js";

const LABEL = ascii("healthpass-binding-v1");

/** MOD 11-2 of ISO/IEC 7064 over 18 characters (BND-4). @param {string} number @returns {boolean} */
function mod112(number) {
  let sum = 0;
  for (let i = 1; i <= 18; i++) {
    const character = number.charAt(i - 1);
    sum += (2 ** (18 - i) % 11) * (character === "X" ? 10 : Number(character));
  }
  return sum % 11 === 1;
}

/** Whether a number is spelled as its document type says (BND-3). @param {string} type @param {string} number @returns {boolean} */
export function isDocumentNumber(type, number) {
  const row = DOCUMENT_TYPES.get(type);
  if (row === undefined || !row.spelling.test(number)) return false;
  return !row.mod112 || number.length !== 18 || mod112(number);
}

/**
 * The binding of an identity document (BND-1).
 * @param {string} type a name of document-types.csv
 * @param {string} number as `spelling` says there
 * @param {Uint8Array} opening 16 bytes
 * @returns {Uint8Array} 16 bytes
 * @throws {CallError} for another type, spelling or opening (BND-3)
 */
export function bindingOf(type, number, opening) {
  if (typeof number !== "string" || !isDocumentNumber(type, number)) {
    throw new CallError("no identity document of document-types.csv: its type and number have to be spelled as there");
  }
  if (!(opening instanceof Uint8Array) || opening.length !== 16) throw new CallError("an opening has 16 bytes");
  return sha256(concat(LABEL, opening, ascii(`${type}:${number}`))).slice(0, 16);
}

/**
 * Whether an identity document is the one that a code is bound to. A separate answer, not a verdict.
 * @param {Uint8Array | undefined} binding of the code; where there is none, nothing matches (PRS-10)
 * @param {string} type @param {string} number @param {Uint8Array} opening
 * @returns {boolean}
 * @throws {CallError} for another type, spelling or opening (BND-3)
 */
export function matchesBinding(binding, type, number, opening) {
  const made = bindingOf(type, number, opening);
  return binding !== undefined && equal(binding, made);
}
