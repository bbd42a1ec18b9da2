/** The health code (HLT-1 to HLT-13). */

import { need } from "./errors.js";
import { isLabel } from "./labels.js";
import { DAY_END, isTime, isUnsigned } from "./numbers.js";
import { isIssuerId, isRegionId } from "./regions.js";

/** @typedef {import("./cbor.js").Value} Value */

/**
 * @typedef {object} Health
 * @property {0 | 1 | 2} color green, yellow, red
 * @property {string} [holder] masked label
 * @property {Uint8Array} [binding] 16 bytes
 * @property {number} [reason]
 * @property {number} [until] end of the measure, seconds
 * @property {Value[][]} [evidence] entries, each with its type first
 * @property {[list: number, index: number]} [status]
 * @property {string} [residence] region id
 * @property {string} [origin] issuer id
 * @property {Map<number, Value>} [extensions] what has no name here: to be ignored (HLT-3)
 */

const WORD = "malformed-claims";
const MOST_EXTENSIONS = 8;

/** @param {unknown} value @returns {value is number} */
const isDay = (value) => isUnsigned(value) && value < DAY_END;
/** @param {unknown} value */
const isDose = (value) => isUnsigned(value) && value >= 1 && value <= 99;

/** Whether an entry of evidence is as HLT-9 says. @param {Value} entry @returns {entry is Value[]} */
function isEvidence(entry) {
  if (!Array.isArray(entry) || !isUnsigned(entry[0])) return false;
  const [type, a, b, c] = entry;
  switch (type) {
    case 1:
      return entry.length === 4 && isTime(a) && a % 3600 === 0 && (b === 0 || b === 1) && isUnsigned(c);
    case 2:
      return entry.length === 4 && isDay(a) && isDose(b) && isDose(c);
    case 3:
      return entry.length === 2 && isDay(a);
    case 4:
      return entry.length === 3 && isRegionId(a) && isDay(b);
    default:
      return true; // HLT-10
  }
}

/** Each known key: its name, and whether a value is right. @type {Map<number, [name: string, isRight: (value: Value) => boolean]>} */
const KEYS = new Map([
  [1, ["color", isUnsigned]], // HLT-4.1
  [2, ["holder", (value) => isLabel(value, 48)]], // HLT-7
  [3, ["binding", (value) => value instanceof Uint8Array && value.length === 16]], // HLT-8
  [4, ["reason", isUnsigned]], // HLT-5.1
  [5, ["until", isTime]], // HLT-6.1
  [6, ["evidence", (value) => Array.isArray(value) && value.length >= 1 && value.length <= 4 && value.every(isEvidence)]],
  [7, ["status", isStatus]],
  [8, ["residence", isRegionId]], // HLT-12
  [9, ["origin", isIssuerId]],
]);

/** HLT-11. @param {Value} value @returns {boolean} */
function isStatus(value) {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [list, index] = value;
  return isUnsigned(list) && list < 65_536 && isUnsigned(index) && index < 1_048_576;
}

/**
 * The health code of a payload: first all that gives `malformed-claims`, then HLT-2 and HLT-4.2.
 * @param {Value | undefined} map @param {number} exp @returns {Health}
 */
export function readHealth(map, exp) {
  need(map instanceof Map, WORD);
  /** @type {any} */
  const health = {};
  /** @type {Map<number, Value>} */
  const extensions = new Map();
  let critical = false;
  for (const [key, value] of map) {
    const known = KEYS.get(key);
    if (known) {
      need(known[1](value), WORD); // HLT-1
      health[known[0]] = value;
    } else if (key >= 0 && key < 32) critical = true;
    else extensions.set(key, value);
  }
  need(extensions.size <= MOST_EXTENSIONS, WORD); // HLT-3.1
  need(health.color !== undefined, WORD);
  if (health.color <= 2) { // HLT-13
    need((health.reason === undefined) === (health.color === 0), WORD); // HLT-5.1
    need(health.color !== 0 || health.until === undefined, WORD); // HLT-6.1
  }
  need(health.until === undefined || exp <= health.until, WORD); // HLT-6.2
  need(!critical && health.color <= 2, "unsupported-claim"); // HLT-2, HLT-4.2
  if (extensions.size > 0) health.extensions = extensions;
  return health;
}
