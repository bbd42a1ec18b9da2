/** What rule files and histories are read with: objects of given members, integers, names. */

import { isLabel } from "../labels.js";
import { ColoringError } from "./error.js";

/** @typedef {import("./json.js").Json} Json */
/** @typedef {import("./json.js").JsonObject} JsonObject */
/** @typedef {import("../edges.js").Names} Names */

const MOST_NAME = 300; // bytes, CLR-2.1

/** The statement holds, or the file is refused. @param {unknown} holds @param {string} rule @param {string} place @param {string} expected @returns {asserts holds} */
export function need(holds, rule, place, expected) {
  if (!holds) throw new ColoringError(rule, place, expected);
}

/** The place of a member. @param {string} place @param {string} name @returns {string} */
export const within = (place, name) => (place ? `${place}.${name}` : name);

/** An object of these members alone. @param {Json | undefined} value @param {string} rule @param {string} place @param {readonly string[]} required @param {readonly string[]} [optional] @returns {JsonObject} */
export function objectOf(value, rule, place, required, optional = []) {
  need(typeof value === "object" && value !== null && !Array.isArray(value), rule, place, "an object");
  for (const name of required) need(Object.hasOwn(value, name), rule, within(place, name), "it to be there");
  for (const name of Object.keys(value)) {
    need(required.includes(name) || optional.includes(name), rule, within(place, name), `no member but ${[...required, ...optional].join(", ")}`);
  }
  return value;
}

/** @param {Json | undefined} value @param {string} rule @param {string} place @param {number} least @param {number} most @returns {Json[]} */
export function arrayOf(value, rule, place, least, most) {
  need(Array.isArray(value) && value.length >= least && value.length <= most, rule, place, `an array of ${least} to ${most}`);
  return value;
}

/** @param {Json | undefined} value @param {string} rule @param {string} place @param {number} least @param {number} most @returns {number} */
export function integer(value, rule, place, least, most) {
  need(Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most, rule, place, `an integer from ${least} to ${most}`);
  return /** @type {number} */ (value);
}

/** One of these names. @param {Json | undefined} value @param {string} rule @param {string} place @param {readonly string[]} names @returns {string} */
export function oneOf(value, rule, place, names) {
  need(typeof value === "string" && names.includes(value), rule, place, `one of ${names.join(", ")}`);
  return value;
}

/** @param {Json | undefined} value @param {string} rule @param {string} place @returns {boolean} */
export function boolean(value, rule, place) {
  need(typeof value === "boolean", rule, place, "true or false");
  return value;
}

/** Names in Chinese and English (CLR-2.1). @param {Json | undefined} value @param {string} rule @param {string} place @returns {Names} */
export function namesOf(value, rule, place) {
  const { zh, en } = objectOf(value, rule, place, ["zh", "en"]);
  const expected = `a text of 1 to ${MOST_NAME} bytes without forbidden code points`;
  need(isLabel(zh, MOST_NAME), rule, within(place, "zh"), expected);
  need(isLabel(en, MOST_NAME), rule, within(place, "en"), expected);
  return { zh, en };
}
