/** Rule files, read strictly (CLR-1 to CLR-8). */

import { COLORS, REASONS } from "../tables.js";
import { areSame, isTooEarly, MOST_HOURS, readEnd } from "./ends.js";
import { covers, readGround, readLacking } from "./ground.js";
import { readJson } from "./json.js";
import { arrayOf, integer, namesOf, need, objectOf, oneOf, within } from "./reading.js";

/** @typedef {import("./json.js").Json} Json */
/** @typedef {import("./ends.js").End} End */
/** @typedef {import("./ground.js").Ground} Ground */
/** @typedef {import("./ground.js").Lacking} Lacking */
/** @typedef {import("../edges.js").Names} Names */

/**
 * @typedef {object} Rule
 * @property {string} id
 * @property {Ground | undefined} on @property {Lacking | undefined} lacking
 * @property {string | undefined} color by its name; undefined: the office issues no code
 * @property {string | undefined} reason by its name
 * @property {number} afterHours @property {End | undefined} ends
 * @property {boolean} review whether a person has to confirm it (CLR-16.3)
 * @property {Names | undefined} say what the holder is told
 */
/** @typedef {{names: Names, zone: number, rules: readonly Rule[]}} Rules the zone in minutes */

const MOST_BYTES = 262_144;
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const STRICTEST_FIRST = ["red", undefined, "yellow", "green"]; // CLR-6.1
const MEMBERS = ["on", "lacking", "color", "reason", "after_hours", "ends", "review", "say"];

/** @param {Json} value @param {string} place @returns {Rule} */
function readRule(value, place) {
  const { id, on, lacking, color, reason, after_hours, ends, review, say } = objectOf(value, "CLR-3", place, ["id"], MEMBERS);
  const at = (/** @type {string} */ name) => within(place, name);
  need(typeof id === "string" && id.length <= 64 && ID.test(id), "CLR-3.1", at("id"), "words of a to z and 0 to 9 with single hyphens, at most 64 characters");
  const named = color === undefined ? undefined : oneOf(color, "CLR-3.4", at("color"), COLORS);
  const isMeasure = named === "yellow" || named === "red";
  need((reason !== undefined) === isMeasure, "CLR-3.5", at("reason"), isMeasure ? "a reason" : "no reason");
  need(on !== undefined || after_hours === undefined, "CLR-3.6", at("after_hours"), "it with on alone");
  need(on !== undefined || ends === undefined, "CLR-3.7", at("ends"), "it with on alone");
  need(review === undefined || (review === true && isMeasure), "CLR-3.8", at("review"), "true, with yellow and red alone");
  need(say !== undefined || named === "green", "CLR-3.9", at("say"), "what the holder is told");
  const rule = {
    id,
    on: on === undefined ? undefined : readGround(on, at("on")),
    lacking: lacking === undefined ? undefined : readLacking(lacking, at("lacking")),
    color: named,
    reason: reason === undefined ? undefined : oneOf(reason, "CLR-3.5", at("reason"), REASONS),
    afterHours: after_hours === undefined ? 0 : integer(after_hours, "CLR-3.6", at("after_hours"), 1, MOST_HOURS),
    ends: ends === undefined ? undefined : readEnd(ends, at("ends")),
    review: review === true,
    say: say === undefined ? undefined : namesOf(say, "CLR-3.9", at("say")),
  };
  need(!isMeasure || rule.on || rule.lacking, "CLR-7.1", place, "on or lacking");
  need(!rule.ends || !isTooEarly(rule.ends, rule.afterHours), "CLR-8.2", at("ends"), "an end after the beginning");
  return rule;
}

/** Whether one rule is live whenever another one is (CLR-8.1). @param {Rule} rule @param {Rule} other @returns {boolean} */
function isLiveWith({ on, lacking, afterHours, ends }, other) {
  if (lacking && !(other.lacking?.event === lacking.event && other.lacking.hours >= lacking.hours)) return false;
  if (!on) return true;
  if (!other.on || !covers(on, other.on) || afterHours > other.afterHours) return false;
  return !ends || (other.ends !== undefined && areSame(ends, other.ends));
}

/** CLR-2.3, CLR-6, CLR-8.1. @param {readonly Rule[]} rules */
function needOrder(rules) {
  rules.forEach((rule, i) => {
    const place = `rules[${i}]`;
    const earlier = rules.slice(0, i);
    need(earlier.every(({ id }) => id !== rule.id), "CLR-2.3", `${place}.id`, "an id that no other rule has");
    need((rule.color === "green") === (i === rules.length - 1), "CLR-6.2", place, "the last rule, and no other, to be green");
    const rank = STRICTEST_FIRST.indexOf(rule.color);
    need(earlier.every(({ color }) => STRICTEST_FIRST.indexOf(color) <= rank), "CLR-6.1", place, "red, then without a colour, then yellow, then green");
    if (rule.color === "green") need(!rule.on && !rule.lacking, "CLR-6.2", place, "neither on nor lacking");
    need(!earlier.some((one) => isLiveWith(one, rule)), "CLR-8.1", place, "no earlier rule to be live whenever it is");
  });
}

/**
 * Reads a rule file.
 * @param {string | Uint8Array} source its text, or its bytes in UTF-8, at most 262,144
 * @returns {Rules}
 * @throws {ColoringError} when it breaks a rule of section 2; it names the rule and the place
 */
export function readRules(source) {
  const { names, zone, rules } = objectOf(readJson(source, MOST_BYTES), "CLR-2", "", ["names", "zone", "rules"]);
  const read = {
    names: namesOf(names, "CLR-2.1", "names"),
    zone: integer(zone, "CLR-2.2", "zone", -720, 840),
    rules: arrayOf(rules, "CLR-2.3", "rules", 1, 64).map((rule, i) => readRule(rule, `rules[${i}]`)),
  };
  needOrder(read.rules);
  return read;
}
/** @typedef {import("./error.js").ColoringError} ColoringError */
