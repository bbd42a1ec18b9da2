/** The ends of rules, as a file states them (CLR-5, CLR-8.2). */

import { arrayOf, integer, need, objectOf, oneOf, within } from "./reading.js";

/** @typedef {import("./json.js").Json} Json */

/**
 * @typedef {{by: "days" | "hours" | "check_ins", count: number}
 *   | {by: "negatives", count: number, hoursApart: number, fromDay: number}
 *   | {by: "event", event: string}
 *   | {by: "all" | "any", ends: readonly End[]}} End
 */

export const MOST_HOURS = 87_840;
const MOST_DAYS = 366;
const MOST_WITHIN = 3; // one within the other
const MEMBERS = ["days", "hours", "check_ins", "negatives", "event", "all", "any"];
const ENDING = ["declaration", "check-in", "test", "discharge", "release"];
/** @type {Readonly<Record<string, readonly [least: number, most: number, rule: string]>>} */
const COUNTS = { days: [0, MOST_DAYS, "CLR-5.1"], hours: [1, MOST_HOURS, "CLR-5.2"], check_ins: [1, 60, "CLR-5.3"] };

/** @param {Json | undefined} value @param {string} place @returns {End} */
function readNegatives(value, place) {
  const { count, hours_apart = 0, from_day = 0 } = objectOf(value, "CLR-5.4", place, ["count"], ["hours_apart", "from_day"]);
  return {
    by: "negatives",
    count: integer(count, "CLR-5.4", within(place, "count"), 1, 10),
    hoursApart: integer(hours_apart, "CLR-5.4", within(place, "hours_apart"), 0, 336),
    fromDay: integer(from_day, "CLR-5.4", within(place, "from_day"), 0, MOST_DAYS),
  };
}

/** @param {Json | undefined} value @param {string} place @param {number} [depth] how many stand one within the other, with this one @returns {End} */
export function readEnd(value, place, depth = 1) {
  need(depth <= MOST_WITHIN, "CLR-5.6", place, `at most ${MOST_WITHIN} ends one within the other`);
  const object = objectOf(value, "CLR-5", place, [], MEMBERS);
  const [by, ...others] = Object.keys(object);
  need(by !== undefined && others.length === 0, "CLR-5", place, `exactly one of ${MEMBERS.join(", ")}`);
  const [member, inner] = [object[by], within(place, by)];
  const range = COUNTS[by];
  if (range) return { by: /** @type {"days"} */ (by), count: integer(member, range[2], inner, range[0], range[1]) };
  if (by === "negatives") return readNegatives(member, inner);
  if (by === "event") return { by, event: oneOf(member, "CLR-5.5", inner, ENDING) };
  const rule = by === "all" ? "CLR-5.6" : "CLR-5.7";
  const ends = arrayOf(member, rule, inner, 2, 8).map((end, i) => readEnd(end, `${inner}[${i}]`, depth + 1));
  need(ends.every((end, i) => !ends.slice(0, i).some((other) => areSame(end, other))), rule, inner, "no two ends alike");
  return { by: /** @type {"all"} */ (by), ends };
}

/** Whether a rule that begins so many hours after its event has always ended by then (CLR-8.2). @param {End} end @param {number} afterHours @returns {boolean} */
export function isTooEarly(end, afterHours) {
  switch (end.by) {
    case "hours":
      return end.count <= afterHours;
    case "days":
      return 24 * (end.count + 1) <= afterHours;
    case "all":
      return end.ends.every((one) => isTooEarly(one, afterHours));
    case "any":
      return end.ends.some((one) => isTooEarly(one, afterHours));
    default:
      return false;
  }
}

/** Whether two ends are alike, also where one says the default that the other one leaves out (CLR-5.6, CLR-8.1). @param {End} a @param {End} b @returns {boolean} */
export const areSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);
