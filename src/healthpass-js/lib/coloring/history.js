/** Histories: what a rule can see of a person (CLR-9 to CLR-11). */

import { dayOf } from "../days.js";
import { TIME_END } from "../numbers.js";
import { EVENTS, RESULTS } from "../tables.js";
import { readJson } from "./json.js";
import { arrayOf, boolean, integer, need, objectOf, oneOf, within } from "./reading.js";

/** @typedef {import("./json.js").Json} Json */
/** @typedef {import("./error.js").ColoringError} ColoringError */

/**
 * @typedef {object} Event
 * @property {string} event @property {number} at seconds since 1970
 * @property {string} [kind] @property {number} [level] @property {string} [result] @property {boolean} [healthy]
 */
/** @typedef {readonly Event[]} History by time, each event once */

const MOST_BYTES = 262_144;
const MOST_EVENTS = 1000;
const MOMENT = /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.0{1,9})?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))$/;

/** The time of a text (CLR-9.1), or undefined. @param {Json | undefined} text @returns {number | undefined} seconds */
function timeOf(text) {
  const found = typeof text === "string" ? MOMENT.exec(text) : undefined;
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = /** @type {[number, number, number, number, number, number]} */ (found.slice(1, 7).map(Number));
  const [east, offsetHour, offsetMinute] = [found[7] === "-" ? -1 : 1, Number(found[8] ?? 0), Number(found[9] ?? 0)];
  if (year < 1969 || hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return undefined;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  const time = midnight.getTime() / 1000 + 3600 * hour + 60 * minute + second - east * (3600 * offsetHour + 60 * offsetMinute);
  return time >= 0 && time < TIME_END ? time : undefined;
}

/** @param {Json} value @param {string} place @returns {Event} */
function readEvent(value, place) {
  const { event: name } = objectOf(value, "CLR-9", place, ["event"], ["at", "kind", "level", "result", "healthy"]);
  const event = oneOf(name, "CLR-9.2", within(place, "event"), Object.keys(EVENTS));
  const { members, kinds } = /** @type {{members: readonly string[], kinds: readonly string[]}} */ (EVENTS[event]);
  const { at, kind, level, result, healthy } = objectOf(value, "CLR-9", place, ["event", "at", ...members]);
  const time = timeOf(at);
  need(time !== undefined, "CLR-9.1", within(place, "at"), "a whole second with its zone, from 1970 to 9998");
  return {
    event,
    at: time,
    ...(kind !== undefined && { kind: oneOf(kind, "CLR-9.2", within(place, "kind"), kinds) }),
    ...(level !== undefined && { level: integer(level, "CLR-9.3", within(place, "level"), 1, 5) }),
    ...(result !== undefined && { result: oneOf(result, "CLR-9.4", within(place, "result"), RESULTS) }),
    ...(healthy !== undefined && { healthy: boolean(healthy, "CLR-9.4", within(place, "healthy")) }),
  };
}

/**
 * Reads a history.
 * @param {string | Uint8Array} source the JSON of an array of events, or its bytes in UTF-8, at most 262,144
 * @returns {History}
 * @throws {ColoringError} when it breaks CLR-1, CLR-9 or CLR-10; it names the rule and the place, and nothing of the person
 */
export function readHistory(source) {
  const events = arrayOf(readJson(source, MOST_BYTES), "CLR-10", "", 0, MOST_EVENTS).map((event, i) => readEvent(event, `[${i}]`));
  const once = new Map(events.map((event) => [JSON.stringify(event), event])); // CLR-10.2
  return [...once.values()].sort((a, b) => a.at - b.at);
}

/** Whether an event is healthy (CLR-11). @param {Event} event @returns {boolean} */
export function isHealthy({ event, kind, result, healthy }) {
  if (event === "declaration" || event === "check-in") return healthy === true;
  if (event === "test") return kind === "naat" && result === "negative";
  return event === "release" || event === "discharge";
}

/** The healthy events that count, by time (CLR-11). @param {History} events @param {number} zone @returns {Event[]} */
export function healthyOf(events, zone) {
  const badDays = new Set(events.filter(({ event, healthy }) => event === "check-in" && !healthy).map(({ at }) => dayOf(at, zone)));
  const positives = new Set(events.filter(({ result }) => result === "positive").map(({ at }) => at));
  return events.filter((one) => {
    if (!isHealthy(one)) return false;
    if (one.event === "check-in") return !badDays.has(dayOf(one.at, zone)); // CLR-11.1
    return one.event !== "test" || !positives.has(one.at); // CLR-11.2
  });
}
