/** A policy: the table of rules of an office (POL-3 to POL-5). */

import { need } from "../errors.js";
import { isLabel } from "../labels.js";
import { isTime, isUnsigned } from "../numbers.js";
import { isIssuerId } from "../regions.js";
import { listOf, WORD } from "../registry/maps.js";
import { ACTIONS, DUTIES } from "../tables.js";
import { arrayOf, ascending, integer, isName, known, readOffice, zoneOf } from "./reading.js";
import { readWhen } from "./when.js";

/** @typedef {import("../cbor.js").Value} Value */
/** @typedef {import("../registry/maps.js").Maps} Maps */
/** @typedef {import("../edges.js").Names} Names */

/** @typedef {{name: string, zh: string, en: string}} Question */

/**
 * @typedef {object} Rule
 * @property {string} id
 * @property {import("./when.js").When} when
 * @property {number} then @property {number[]} duties
 * @property {number} [days]
 * @property {boolean} fromDeparture whether days count from the departure
 * @property {number} from @property {number} until seconds
 * @property {number} unknown 0 ask, 1 yes, 2 no
 * @property {Names} [say]
 */

/**
 * @typedef {object} Policy
 * @property {string} issuer the office @property {number} iat @property {number} exp @property {string} environment
 * @property {Names} names
 * @property {number} zone minutes
 * @property {Question[]} declared
 * @property {string[]} places
 * @property {Rule[]} rules
 * @property {string[]} maps the offices whose maps are asked
 */

const MONITOR = DUTIES.indexOf("monitor");
const QUARANTINES = [ACTIONS.indexOf("home-quarantine"), ACTIONS.indexOf("central-quarantine")];

/** @param {Value | undefined} value @param {number} absent @returns {number} */
function timeOr(value, absent) {
  need(value === undefined || isTime(value), WORD);
  return value ?? absent;
}

/** @param {Value} value @param {Maps} maps @returns {Rule} */
function readRule(value, maps) {
  const get = maps.open(value, [1, 2, 3], [4, 5, 6, 7, 8, 9, 10]);
  const id = get(1);
  need(isName(id), WORD);
  const when = readWhen(get(2), maps);
  const then = known(maps, get(3), ACTIONS.length);
  const duties = get(4) === undefined ? [] : ascending(get(4), 1, 8, isUnsigned);
  for (const duty of duties) known(maps, duty, DUTIES.length);
  const days = get(5) === undefined ? undefined : integer(get(5), 1, 90);
  const countFrom = known(maps, get(6) ?? 0, 2);
  const [from, until] = [timeOr(get(7), 0), timeOr(get(8), Infinity)];
  const unknown = known(maps, get(9) ?? 0, 3);
  const say = get(10) === undefined ? undefined : maps.names(get(10));

  const hasDays = QUARANTINES.includes(then) || duties.includes(MONITOR);
  need(hasDays === (days !== undefined), WORD); // POL-4.1
  if (countFrom === 1) need(days !== undefined && when.departure && when.departure.withinDays <= days, WORD); // POL-4.2
  need(from < until, WORD); // POL-4.3
  const { document, declared, denied, place } = when;
  need(unknown === 0 || (document ?? declared ?? denied ?? place) === undefined, WORD); // POL-4.4
  const rule = { id, when, then, duties, fromDeparture: countFrom === 1, from, until, unknown };
  return { ...rule, ...(days !== undefined && { days }), ...(say && { say }) };
}

/** @param {Value} value @returns {Question} */
function readQuestion(value) {
  need(Array.isArray(value) && value.length === 3, WORD);
  const [name, zh, en] = value;
  need(isName(name) && isLabel(zh, 128) && isLabel(en, 128), WORD);
  return { name, zh, en };
}

/** POL-4.5. @param {Rule} rule @param {string[]} questions @param {string[]} places */
function needNamed({ when: { declared = [], denied = [], place = [] } }, questions, places) {
  need([...declared, ...denied].every((name) => questions.includes(name)), WORD);
  need(!declared.some((name) => denied.includes(name)), WORD);
  need(place.every((name) => places.includes(name)), WORD);
}

/** Whether a rule's map has an empty when, and neither from nor until. @param {Value} rule @returns {boolean} */
function holdsAlways(rule) {
  const when = rule instanceof Map ? rule.get(2) : undefined;
  return when instanceof Map && when.size === 0 && rule instanceof Map && !rule.has(7) && !rule.has(8);
}

/** @param {readonly unknown[]} items @returns {boolean} */
const areDifferent = (items) => new Set(items).size === items.length;

/** @param {Value | undefined} content @param {Maps} maps @returns {Omit<Policy, "issuer" | "iat" | "exp" | "environment">} */
function readContent(content, maps) {
  const get = maps.open(content, [1, 2, 5], [3, 4, 6]);
  const names = maps.names(get(1));
  const zone = zoneOf(get(2));
  const declared = listOf(get(3), 16).map(readQuestion);
  const questions = declared.map(({ name }) => name);
  need(questions.every((name, i) => i === 0 || /** @type {string} */ (questions[i - 1]) < name), WORD);
  const places = get(4) === undefined ? [] : ascending(get(4), 1, 16, isName);
  const tables = listOf(get(5), 64);
  const rules = tables.map((rule) => readRule(rule, maps));
  const asked = get(6) === undefined ? [] : arrayOf(get(6), 1, 16, isIssuerId);

  need(areDifferent(rules.map(({ id }) => id)) && areDifferent(asked), WORD); // POL-3
  for (const rule of rules) needNamed(rule, questions, places); // POL-4.5
  need(!tables.slice(0, -1).some(holdsAlways), WORD); // POL-4.6
  return { names, zone, declared, places, rules, maps: asked };
}

/** The policy of a payload that has been verified, or that its user trusts (POL-2). @param {Uint8Array} payload @returns {Policy} */
export function readPolicy(payload) {
  return readOffice("policy", payload, (content, _, maps) => readContent(content, maps));
}
