/** The maps of signed documents: defined keys, critical ones, ignored ones (DOC-7 to DOC-9, DOC-11). */

import { need, Refusal } from "../errors.js";
import { countItems, decode } from "../cbor.js";
import { isLabel } from "../labels.js";
import { isTime, isUnsigned } from "../numbers.js";
import { isIssuerId, isRegionId } from "../regions.js";

/** @typedef {import("../cbor.js").Value} Value */

export const WORD = "malformed-document";
const DEPTH = 8; // DOC-7.2
const MOST_ITEMS = 524_288; // DOC-7.3
const MOST_NAME = 128;
const ADDRESS = /^(?=.{9,256}$)(?:https:\/\/|mailto:|tel:)[!-~]*$/;
const BASE = /^https:\/\/[!-~]*$/;
const LIFETIMES = /** @type {const} */ ([
  [2, "max_lifetime"],
  [3, "max_bearer_lifetime"],
  [4, "max_lifetime_without_status"],
]);

/** Reads the maps of one document, and remembers whether one has a critical key (DOC-8.1). */
export class Maps {
  critical = false;

  /**
   * The members of a map by their keys (DOC-8).
   * @param {Value | undefined} map
   * @param {readonly number[]} required @param {readonly number[]} [optional]
   * @returns {(key: number) => Value | undefined}
   */
  open(map, required, optional = []) {
    need(map instanceof Map, WORD);
    for (const key of map.keys()) {
      if (required.includes(key) || optional.includes(key) || key >= 32) continue; // DOC-8.2
      need(key >= 0, WORD); // DOC-8.3
      this.critical = true; // DOC-8.1
    }
    for (const key of required) need(map.has(key), WORD);
    return (key) => map.get(key);
  }

  /** DOC-11.1. @param {Value | undefined} map @returns {import("../edges.js").Names} */
  names(map) {
    const get = this.open(map, [1, 2]);
    const [zh, en] = [get(1), get(2)];
    need(isLabel(zh, MOST_NAME) && isLabel(en, MOST_NAME), WORD);
    return { zh, en };
  }

  /** A scope, or none (section 4.2). @param {Value | undefined} map @returns {import("../scope.js").Scope} */
  scope(map) {
    /** @type {import("../scope.js").Scope} */
    const scope = {};
    if (map === undefined) return scope;
    const get = this.open(map, [], [1, 2, 3, 4]);
    const colors = get(1);
    if (colors !== undefined) {
      need(Array.isArray(colors) && colors.length >= 1 && colors.length <= 16, WORD);
      need(colors.every(isUnsigned), WORD);
      const numbers = /** @type {number[]} */ (colors);
      need(numbers.every((color, i) => i === 0 || color > /** @type {number} */ (numbers[i - 1])), WORD);
      scope.colors = numbers;
    }
    for (const [key, name] of LIFETIMES) {
      const seconds = get(key);
      if (seconds === undefined) continue;
      need(isTime(seconds), WORD);
      scope[name] = seconds;
    }
    return scope;
  }

  /** `from` and `until`. @param {Value | undefined} from @param {Value | undefined} until @returns {{from: number, until: number}} */
  validity(from, until) {
    need(isTime(from) && isTime(until) && from < until, WORD);
    return { from, until };
  }
}

/** @param {Value | undefined} value @returns {value is string} */
export function isAddress(value) {
  return typeof value === "string" && ADDRESS.test(value);
}

/** An issuer's `status` address. @param {Value | undefined} value @returns {value is string} */
export function isListBase(value) {
  return isAddress(value) && BASE.test(value) && !/[?#]|\/$/.test(value);
}

/** @param {Value | undefined} value @param {number} size @returns {value is Uint8Array} */
export function isBytes(value, size) {
  return value instanceof Uint8Array && value.length === size;
}

/** An unsigned integer from 1 up. @param {Value | undefined} value @returns {value is number} */
export function isPositive(value) {
  return isUnsigned(value) && value >= 1;
}

/** An optional array of 1 to `most` entries; absent it is empty. @param {Value | undefined} value @param {number} most @returns {Value[]} */
export function listOf(value, most) {
  if (value === undefined) return [];
  need(Array.isArray(value) && value.length >= 1 && value.length <= most, WORD);
  return value;
}

/**
 * @typedef {object} Head the claims that all documents have (DOC-9)
 * @property {string} iss @property {number} exp @property {number} iat
 * @property {string} environment
 * @property {number} epoch @property {number} version 0 in what an office makes
 */

/**
 * Decodes a payload whose signatures have been counted, or whose hash is trusted (DOC-6).
 * @template T
 * @param {Uint8Array} payload
 * @param {number} maxDays the longest life of its kind
 * @param {boolean} byOffice whether an office makes it: a key request, a policy, a risk map
 * @param {(content: Value | undefined, head: Head, maps: Maps) => T} readContent
 * @returns {{head: Head, content: T, critical: boolean}} a document with a critical key is refused once nothing else
 *   refuses it
 */
export function readPayload(payload, maxDays, byOffice, readContent) {
  countItems(payload, MOST_ITEMS);
  const map = decode(payload, DEPTH);
  const maps = new Maps();
  const versions = byOffice ? [] : [-65540, -65541];
  const get = maps.open(map, [1, 4, 6, -65539, -65542, ...versions]);
  const [iss, exp, iat, environment] = [1, 4, 6, -65539].map(get);
  need(byOffice ? isIssuerId(iss) : isRegionId(iss), WORD);
  need(isTime(exp) && isTime(iat) && iat < exp && exp - iat <= maxDays * 86_400, WORD); // DOC-9
  need(typeof environment === "string", WORD);
  const [epoch, version] = byOffice ? [0, 0] : [get(-65540), get(-65541)];
  need(byOffice || (isPositive(epoch) && isPositive(version)), WORD);
  const head = /** @type {Head} */ ({ iss, exp, iat, environment, epoch, version });
  const content = readContent(get(-65542), head, maps);
  return { head, content, critical: maps.critical };
}

/** Whether a text is the name of an environment (DOC-10). @param {unknown} value @returns {value is string} */
export function isEnvironment(value) {
  return typeof value === "string" && /^[a-z][a-z0-9-]{0,31}$/.test(value);
}

/** What reading gave: the document, or why it is refused. @template T @param {() => T} read @returns {T | Refusal} */
export function attempt(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
