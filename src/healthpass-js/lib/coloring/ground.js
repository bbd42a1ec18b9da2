/** The ground of a rule, and what it lacks (CLR-4, CLR-7.2). */

import { EVENTS, RESULTS } from "../tables.js";
import { MOST_HOURS } from "./ends.js";
import { arrayOf, boolean, integer, need, objectOf, oneOf, within } from "./reading.js";

/** @typedef {import("./json.js").Json} Json */
/** @typedef {import("./history.js").Event} Event */

/**
 * @typedef {object} Ground which events a rule is about; what the event does not have is undefined
 * @property {string} event
 * @property {readonly string[] | undefined} kinds all kinds of the event where the rule says nothing
 * @property {readonly [atLeast: number, atMost: number] | undefined} levels
 * @property {string | undefined} result @property {boolean | undefined} healthy
 */
/** @typedef {{event: string, hours: number}} Lacking */

export const LAPSING = ["declaration", "check-in", "test"];

/** @param {Json} value @param {string} place @returns {readonly [number, number]} */
function readLevels(value, place) {
  const { at_least, at_most } = objectOf(value, "CLR-4.1", place, [], ["at_least", "at_most"]);
  need(at_least !== undefined || at_most !== undefined, "CLR-4.1", place, "at_least or at_most");
  const least = at_least === undefined ? 1 : integer(at_least, "CLR-4.1", within(place, "at_least"), 1, 5);
  const most = at_most === undefined ? 5 : integer(at_most, "CLR-4.1", within(place, "at_most"), 1, 5);
  need(least <= most, "CLR-4.1", place, "at_least not above at_most");
  return [least, most];
}

/** @param {Json} value @param {string} place @param {readonly string[]} kinds @returns {readonly string[]} */
function readKinds(value, place, kinds) {
  const given = arrayOf(value, "CLR-4.1", place, 1, 8).map((kind, i) => oneOf(kind, "CLR-4.1", `${place}[${i}]`, kinds));
  need(new Set(given).size === given.length, "CLR-4.1", place, "no two kinds alike");
  return given;
}

/** @param {Json} value @param {string} place @returns {Ground} */
export function readGround(value, place) {
  const { event: name } = objectOf(value, "CLR-4.1", place, ["event"], ["kind", "level", "result", "healthy"]);
  const event = oneOf(name, "CLR-4", within(place, "event"), Object.keys(EVENTS));
  const { members, kinds } = /** @type {{members: readonly string[], kinds: readonly string[]}} */ (EVENTS[event]);
  const { kind, level, result, healthy } = objectOf(value, "CLR-4.1", place, ["event"], members);
  const has = (/** @type {string} */ member) => members.includes(member);
  const ground = {
    event,
    kinds: kind === undefined ? (has("kind") ? kinds : undefined) : readKinds(kind, within(place, "kind"), kinds),
    levels: level === undefined ? (has("level") ? /** @type {const} */ ([1, 5]) : undefined) : readLevels(level, within(place, "level")),
    result: result === undefined ? undefined : oneOf(result, "CLR-4.1", within(place, "result"), RESULTS),
    healthy: healthy === undefined ? undefined : boolean(healthy, "CLR-4.1", within(place, "healthy")),
  };
  need(event !== "release", "CLR-7.2", within(place, "event"), "no release");
  if (has("result")) need(ground.result === "positive", "CLR-7.2", within(place, "result"), "positive");
  if (has("healthy")) need(ground.healthy === false, "CLR-7.2", within(place, "healthy"), "false");
  return ground;
}

/** @param {Json} value @param {string} place @returns {Lacking} */
export function readLacking(value, place) {
  const { event, hours } = objectOf(value, "CLR-4.2", place, ["event", "hours"]);
  return {
    event: oneOf(event, "CLR-4.2", within(place, "event"), LAPSING),
    hours: integer(hours, "CLR-4.2", within(place, "hours"), 1, MOST_HOURS),
  };
}

/** Whether an event is matched (CLR-12.1). @param {Ground} ground @param {Event} event @returns {boolean} */
export function matches(ground, event) {
  return (
    ground.event === event.event &&
    (event.kind === undefined || !!ground.kinds?.includes(event.kind)) &&
    (event.level === undefined || (!!ground.levels && ground.levels[0] <= event.level && event.level <= ground.levels[1])) &&
    ground.result === event.result &&
    ground.healthy === event.healthy
  );
}

/** Whether a ground matches every event that another one does (CLR-8.1). @param {Ground} ground @param {Ground} other @returns {boolean} */
export function covers(ground, other) {
  return (
    ground.event === other.event && // and so their results and healthy are the same (CLR-7.2)
    (other.kinds ?? []).every((kind) => ground.kinds?.includes(kind)) &&
    (!ground.levels || !other.levels || (ground.levels[0] <= other.levels[0] && other.levels[1] <= ground.levels[1]))
  );
}
