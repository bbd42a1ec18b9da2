/** What policies and risk maps are read with: ascending arrays, names, values that have to be known (POL-3 to POL-5). */

import { need } from "../errors.js";
import { DAY_END, isUnsigned } from "../numbers.js";
import { readPayload, WORD } from "../registry/maps.js";
import { DOCUMENT_KINDS } from "../tables.js";

/** @typedef {import("../cbor.js").Value} Value */
/** @typedef {import("../registry/maps.js").Maps} Maps */

/** A name: of a rule, a question, a place (section 2). @param {unknown} value @returns {value is string} */
export function isName(value) {
  return typeof value === "string" && /^[a-z][a-z0-9-]{0,31}$/.test(value);
}

/** A civil day (HLT-9). @param {unknown} value @returns {value is number} */
export function isDay(value) {
  return isUnsigned(value) && value < DAY_END;
}

/** A level, 1 to 5. @param {unknown} value @returns {value is number} */
export function isLevel(value) {
  return isUnsigned(value) && value >= 1 && value <= 5;
}

/** An integer from `least` to `most`. @param {Value | undefined} value @param {number} least @param {number} most @returns {number} */
export function integer(value, least, most) {
  need(typeof value === "number" && value >= least && value <= most, WORD);
  return value;
}

/** The minutes by which a civil time is ahead of UTC. @param {Value | undefined} value @returns {number} */
export const zoneOf = (value) => integer(value, -720, 840);

/** An array of `least` to `most` items, each of which is right. @template T @param {Value | undefined} value @param {number} least @param {number} most @param {(item: unknown) => item is T} isRight @returns {T[]} */
export function arrayOf(value, least, most, isRight) {
  need(Array.isArray(value) && value.length >= least && value.length <= most, WORD);
  const items = /** @type {unknown[]} */ (value);
  need(items.every(isRight), WORD);
  return items;
}

/** Such an array that ascends (DOC-8.4); texts are ASCII. @template {number | string} T @param {Value | undefined} value @param {number} least @param {number} most @param {(item: unknown) => item is T} isRight @returns {T[]} */
export function ascending(value, least, most, isRight) {
  const items = arrayOf(value, least, most, isRight);
  need(items.every((item, i) => i === 0 || /** @type {T} */ (items[i - 1]) < item), WORD);
  return items;
}

/** The members of a map all of whose keys are critical (POL-5). @param {Maps} maps @param {Value | undefined} map @param {readonly number[]} required @param {readonly number[]} [optional] @returns {(key: number) => Value | undefined} */
export function closed(maps, map, required, optional = []) {
  const get = maps.open(map, required, optional);
  for (const key of /** @type {Map<number, Value>} */ (map).keys()) if (key >= 32) maps.critical = true;
  return get;
}

/** A number below `count`: another one is `unsupported-document` (POL-5). @param {Maps} maps @param {Value | undefined} value @param {number} count @returns {number} */
export function known(maps, value, count) {
  need(isUnsigned(value), WORD);
  if (value >= count) maps.critical = true;
  return value;
}

/**
 * Reads the payload of a policy or a map whose signature has been verified, or that its user trusts (POL-2, DOC-7 to DOC-11).
 * @template T @param {"policy" | "risk-map"} kind @param {Uint8Array} payload
 * @param {(content: Value | undefined, head: import("../registry/maps.js").Head, maps: Maps) => T} read
 * @returns {{issuer: string, iat: number, exp: number, environment: string} & T}
 */
export function readOffice(kind, payload, read) {
  const days = DOCUMENT_KINDS.find((row) => row.kind === kind)?.maxDays ?? 0;
  const { head, content, critical } = readPayload(payload, days, true, read);
  need(!critical, "unsupported-document"); // DOC-8.1, POL-5
  return { issuer: head.iss, iat: head.iat, exp: head.exp, environment: head.environment, ...content };
}
