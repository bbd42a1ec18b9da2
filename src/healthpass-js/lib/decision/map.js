/** A risk map: the levels of regions (MAP-1 to MAP-3). */

import { need } from "../errors.js";
import { isRegionId, isWithin } from "../regions.js";
import { listOf, WORD } from "../registry/maps.js";
import { isDay, isLevel, readOffice, zoneOf } from "./reading.js";

/** @typedef {import("../cbor.js").Value} Value */
/** @typedef {import("../registry/maps.js").Maps} Maps */
/** @typedef {import("../edges.js").Names} Names */
/** @typedef {{region: string, level: number, since: number}} Entry -1 where no day is said */

/**
 * @typedef {object} RiskMap
 * @property {string} issuer the office @property {number} iat @property {number} exp @property {string} environment
 * @property {Names} names
 * @property {number} zone minutes
 * @property {number} [otherwise] the default level
 * @property {Entry[]} entries
 * @property {Names[]} scale what levels 1 to 5 are called; empty where nothing is said
 */
/** @typedef {{map: RiskMap, authority: string}} MapInForce with the authority that lists its office */

/** @param {Value} value @returns {Entry} */
function readEntry(value) {
  need(Array.isArray(value) && (value.length === 2 || value.length === 3), WORD);
  const [region, level, since] = value;
  need(isRegionId(region) && isLevel(level) && (since === undefined || isDay(since)), WORD);
  return { region, level, since: since ?? -1 };
}

/** @param {Entry} a @param {Entry} b @returns {boolean} */
const isBefore = (a, b) => a.region < b.region || (a.region === b.region && a.since < b.since);

/** @param {Value | undefined} content @param {Maps} maps @returns {Omit<RiskMap, "issuer" | "iat" | "exp" | "environment">} */
function readContent(content, maps) {
  const get = maps.open(content, [1, 2], [3, 4, 5]);
  const names = maps.names(get(1));
  const zone = zoneOf(get(2));
  const otherwise = get(3);
  need(otherwise === undefined || isLevel(otherwise), WORD);
  const entries = listOf(get(4), 8192).map(readEntry);
  need(entries.every((entry, i) => i === 0 || isBefore(/** @type {Entry} */ (entries[i - 1]), entry)), WORD);
  const scale = listOf(get(5), 5).map((level) => maps.names(level));
  need(scale.length === (get(5) === undefined ? 0 : 5), WORD);
  return { names, zone, entries, scale, ...(otherwise !== undefined && { otherwise }) };
}

/** The map of a payload that has been verified, or that its user trusts (POL-2). @param {Uint8Array} payload @returns {RiskMap} */
export function readRiskMap(payload) {
  return readOffice("risk-map", payload, (content, _, maps) => readContent(content, maps));
}

/** The levels of a region on a day, or undefined where the map does not answer (MAP-2). @param {MapInForce} inForce @param {string} region @param {number} day @returns {number[] | undefined} */
function levelsBy({ map, authority }, region, day) {
  /** @type {Map<string, number>} */
  const counting = new Map(); // entries ascend, so the last that has begun counts (MAP-2.1)
  for (const entry of map.entries) if (entry.since <= day) counting.set(entry.region, entry.level);
  let holder = "";
  for (const other of counting.keys()) if (isWithin(region, other) && other.length > holder.length) holder = other;
  const level = counting.get(holder) ?? (isWithin(region, authority) ? map.otherwise : undefined); // MAP-2.2
  if (level === undefined) return undefined;
  const inside = [...counting].filter(([other]) => isWithin(other, region)).map(([, one]) => one);
  return [level, ...inside]; // MAP-2.3
}

/**
 * The levels of a region by the first map that answers (MAP-3).
 * @param {readonly MapInForce[]} maps those in force, in the policy's order
 * @param {string} region @param {(map: RiskMap) => number} dayOf the day, which may be one of the map's zone
 * @returns {number[] | undefined} undefined where they are not known
 */
export function levelsOf(maps, region, dayOf) {
  for (const one of maps) {
    const levels = levelsBy(one, region, dayOf(one.map));
    if (levels) return levels;
  }
  return undefined;
}
