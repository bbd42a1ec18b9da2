/** The claims of a credential (CLM-1 to CLM-6), from its payload (CBR-1 to CBR-7). */

import { need } from "./errors.js";
import { decode } from "./cbor.js";
import { readHealth } from "./health.js";
import { isPublicKey } from "./ed25519.js";
import { keyOfCose } from "./keys.js";
import { isTime } from "./numbers.js";
import { isIssuerId } from "./regions.js";

/**
 * @typedef {object} Claims
 * @property {string} iss issuer id
 * @property {number} exp time of expiry, seconds
 * @property {number} nbf start of validity, seconds
 * @property {Uint8Array} cti 12 bytes
 * @property {Uint8Array} [cnf] the device key, 32 bytes
 * @property {import("./health.js").Health} health
 */

const DEPTH = 4; // CBR-7
const KEYS = new Set([1, 4, 5, 7, 8, -65537]);

/** Step 5 of VER-1. @param {Uint8Array} payload @returns {import("./cbor.js").Value} */
export function decodePayload(payload) {
  return decode(payload, DEPTH);
}

/** Step 6 of VER-1. @param {import("./cbor.js").Value} map @returns {Claims} */
export function readClaims(map) {
  const word = "malformed-claims";
  need(map instanceof Map, word);
  for (const key of map.keys()) need(KEYS.has(key), word); // CLM-1
  const [iss, exp, nbf, cti] = [1, 4, 5, 7].map((key) => map.get(key));
  need(isIssuerId(iss), word); // CLM-2
  need(isTime(exp) && isTime(nbf) && nbf < exp, word); // CLM-3
  need(cti instanceof Uint8Array && cti.length === 12, word); // CLM-4
  /** @type {Uint8Array | undefined} */
  let cnf;
  if (map.has(8)) {
    const outer = map.get(8);
    need(outer instanceof Map && outer.size === 1, word);
    cnf = keyOfCose(outer.get(1));
    need(cnf !== undefined && isPublicKey(cnf), word); // CLM-5
  }
  const health = readHealth(map.get(-65537), exp); // CLM-6
  return { iss, exp, nbf, cti, ...(cnf && { cnf }), health };
}
