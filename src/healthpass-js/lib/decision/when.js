/** The conditions of a rule, as a policy states them (section 4). */

import { need } from "../errors.js";
import { isUnsigned } from "../numbers.js";
import { isRegionId } from "../regions.js";
import { WORD } from "../registry/maps.js";
import { ascending, closed, integer, isLevel, isName, known } from "./reading.js";

/** @typedef {import("../cbor.js").Value} Value */
/** @typedef {import("../registry/maps.js").Maps} Maps */

/** @typedef {{atLeast: number, atMost: number}} Range of levels, 1 to 5 where nothing is said */
/** @typedef {{levels: Range | undefined, withinDays: number, regions: string[] | undefined}} Departure */
/** @typedef {{methods: number[], result: number, withinHours: number, count: number, hoursApart: number}} Test */

/**
 * @typedef {object} When each member present or not; hours and days as the table says
 * @property {number[]} [color] @property {number[]} [reason]
 * @property {string[]} [issuer] @property {string[]} [origin] @property {string[]} [residence]
 * @property {Range} [residence_level]
 * @property {Departure} [departure]
 * @property {Test} [test]
 * @property {{doses: number, daysSince: number}} [vaccination]
 * @property {{withinDays: number}} [recovery]
 * @property {number} [starts_within_days]
 * @property {number[]} [shown]
 * @property {number} [document]
 * @property {string[]} [declared] @property {string[]} [denied] @property {string[]} [place] @property {string[]} [waived]
 */

/** @param {Value | undefined} value @param {number} least @param {number} most @param {number} absent */
const optional = (value, least, most, absent) => (value === undefined ? absent : integer(value, least, most));
const codes = (/** @type {Value | undefined} */ value) => ascending(value, 1, 16, isUnsigned);
const regions = (/** @type {Value | undefined} */ value) => ascending(value, 1, 64, isRegionId);
const names = (/** @type {Value | undefined} */ value) => ascending(value, 1, 16, isName);

/** at_least and at_most; none where both are absent. @param {Value | undefined} least @param {Value | undefined} most @returns {Range | undefined} */
function rangeOf(least, most) {
  need((least === undefined || isLevel(least)) && (most === undefined || isLevel(most)), WORD);
  if (least === undefined && most === undefined) return undefined;
  const range = { atLeast: least ?? 1, atMost: most ?? 5 };
  need(range.atLeast <= range.atMost, WORD);
  return range;
}

/** @param {Value} value @param {Maps} maps @returns {Range} */
function readLevel(value, maps) {
  const get = closed(maps, value, [], [1, 2]);
  const range = rangeOf(get(1), get(2));
  need(range, WORD);
  return range;
}

/** @param {Value} value @param {Maps} maps @returns {Departure} */
function readDeparture(value, maps) {
  const get = closed(maps, value, [3], [1, 2, 4]);
  const where = get(4);
  return { levels: rangeOf(get(1), get(2)), withinDays: integer(get(3), 0, 365), regions: where === undefined ? undefined : regions(where) };
}

/** @param {Value} value @param {Maps} maps @returns {Test} */
function readTest(value, maps) {
  const get = closed(maps, value, [1, 2, 3], [4, 5]);
  const count = optional(get(4), 1, 4, 1);
  need(count > 1 || get(5) === undefined, WORD);
  return {
    methods: codes(get(1)),
    result: known(maps, get(2), 2),
    withinHours: integer(get(3), 1, 8760),
    count,
    hoursApart: optional(get(5), 1, 8760, 1),
  };
}

/** @param {Value} value @param {Maps} maps */
function readVaccination(value, maps) {
  const get = closed(maps, value, [1], [2]);
  return { doses: integer(get(1), 1, 99), daysSince: optional(get(2), 0, 3650, 0) };
}

/** @param {Value} value @param {Maps} maps @returns {number} 1 */
function readDocument(value, maps) {
  need(isUnsigned(value), WORD);
  if (value !== 1) maps.critical = true; // POL-5
  return value;
}

/** Each member by its key: its name, and how it is read. @type {readonly [name: keyof When, read: (value: Value, maps: Maps) => any][]} */
const MEMBERS = [
  ["color", codes],
  ["reason", codes],
  ["issuer", regions],
  ["origin", regions],
  ["residence", regions],
  ["residence_level", readLevel],
  ["departure", readDeparture],
  ["test", readTest],
  ["vaccination", readVaccination],
  ["recovery", (value, maps) => ({ withinDays: integer(closed(maps, value, [1])(1), 0, 365) })],
  ["starts_within_days", (value) => integer(value, 0, 7)],
  ["shown", (value) => ascending(value, 1, 4, isUnsigned)],
  ["document", readDocument],
  ["declared", names],
  ["denied", names],
  ["place", names],
  ["waived", (value) => ascending(value, 0, 4, isName)],
];

/** @param {Value | undefined} value @param {Maps} maps @returns {When} */
export function readWhen(value, maps) {
  const get = closed(maps, value, [], MEMBERS.map((_, i) => i + 1));
  /** @type {any} */
  const when = {};
  MEMBERS.forEach(([name, read], i) => {
    const member = get(i + 1);
    if (member !== undefined) when[name] = read(member, maps);
  });
  return when;
}
