/** What a code means at a gate (DEC-1 to DEC-3, DEC-9, DEC-10). */

import { dayOf, startOf } from "../days.js";
import { CallError } from "../errors.js";
import { calledAt } from "../numbers.js";
import { ACTIONS, DUTIES, SHOWN } from "../tables.js";
import { levelsOf } from "./map.js";
import { all, answersTo, departures } from "./members.js";

/** @typedef {import("./policy.js").Policy} Policy */
/** @typedef {import("./policy.js").Rule} Rule */
/** @typedef {import("./map.js").MapInForce} MapInForce */
/** @typedef {import("./members.js").Facts} Facts */
/** @typedef {import("../edges.js").Names} Names */

/**
 * @typedef {object} Situation what a gate knows
 * @property {number} at seconds since 1970
 * @property {import("../judgement.js").Judgement} [judgement] of the code, `valid` at this time; none where no code was shown
 * @property {Readonly<Record<string, boolean>>} [answers] to the policy's questions, by name
 * @property {"matched" | "mismatch" | "unchecked"} [document] the identity document against the code; `unchecked` by default
 * @property {string} [place] the gate's
 */

/**
 * @typedef {object} Decision
 * @property {string | undefined} action by its name in actions.csv; undefined where a person has to decide
 * @property {"no-policy" | "document-mismatch" | "asks" | undefined} ground why there is no action
 * @property {string | undefined} rule its id; undefined for turn back by no rule
 * @property {readonly string[]} duties by their names in duties.csv
 * @property {number | undefined} ends the end of the days, seconds
 * @property {readonly string[]} asks what is not known: `residence`, `departure`, `document`, `place`, and `declared:` with
 *   the name of a question; ascending
 * @property {Names | undefined} say what to tell the person
 * @property {number | undefined} until before then the same facts give the same decision; undefined without a policy
 */

const TURN_BACK = { then: ACTIONS.indexOf("turn-back"), duties: /** @type {number[]} */ ([]) };
const DAILY = /** @type {const} */ (["residence_level", "departure", "vaccination", "recovery", "starts_within_days"]);

/** The way in which a code was shown. @param {import("../judgement.js").Judgement | undefined} judgement @returns {number} */
function shownBy(judgement) {
  if (!judgement?.claims) return SHOWN.indexOf("none");
  return SHOWN.indexOf(judgement.showing ? "live" : judgement.claims.cnf ? "bare" : "bearer");
}

/** Refuses a call as nobody may make it (DEC-1). @param {Policy | undefined} policy @param {Situation} situation */
function needCall(policy, { at, judgement, answers = {}, document = "unchecked", place }) {
  calledAt("at", at);
  if (judgement && !judgement.valid) throw new CallError(`the code is ${judgement.verdict}: only a valid one is decided on`);
  if (!["matched", "mismatch", "unchecked"].includes(document)) throw new CallError(`document is ${document}`);
  for (const [name, answer] of Object.entries(answers)) {
    if (typeof answer !== "boolean") throw new CallError(`the answer to ${name} is neither true nor false`);
    if (policy && !policy.declared.some((question) => question.name === name)) throw new CallError(`the policy does not ask ${name}`);
  }
  if (policy && place !== undefined && !policy.places.includes(place)) throw new CallError(`the policy has no place ${place}`);
}

/** What maps say of a region, looked up once: rules are many, and maps long. @param {readonly MapInForce[]} maps @param {number} at @returns {Facts["levels"]} */
function levelsIn(maps, at) {
  /** @type {Map<string, number[] | undefined>} */
  const known = new Map();
  return (region, day) => {
    const name = `${region} ${day ?? ""}`;
    if (!known.has(name)) known.set(name, levelsOf(maps, region, ({ zone }) => day ?? dayOf(at, zone)));
    return known.get(name);
  };
}

/** The end of a rule's days (DEC-9). @param {Rule} rule @param {Facts} facts @returns {number | undefined} */
function endOf({ days, fromDeparture, when }, facts) {
  if (days === undefined) return undefined;
  let first = dayOf(facts.at, facts.zone);
  if (fromDeparture && when.departure) {
    const left = departures(when.departure, facts);
    const sure = left.filter(({ answer }) => answer === "yes");
    const counting = sure.length > 0 ? sure : left.filter(({ answer }) => answer === "unknown");
    first = Math.max(...counting.map(({ day }) => day));
  }
  return startOf(first + days + 1, facts.zone);
}

/** What follows from a rule (DEC-3.3). @param {Rule | undefined} rule @param {Facts} facts @returns {{then: number, duties: number[], ends: number | undefined}} */
function consequenceOf(rule, facts) {
  const { then, duties } = rule ?? TURN_BACK;
  return { then, duties, ends: rule && endOf(rule, facts) };
}

/** @param {ReturnType<typeof consequenceOf>} a @param {ReturnType<typeof consequenceOf>} b @returns {boolean} */
const areSame = (a, b) => a.then === b.then && a.ends === b.ends && a.duties.join() === b.duties.join();

/** What is unknown in a rule (DEC-3.3), in the kit's words. @param {Rule} rule @param {Facts} facts @returns {string[]} */
function unknownIn({ when }, facts) {
  const open = answersTo(when, facts).filter(({ answer }) => answer === "unknown");
  return open.flatMap(({ member }) => {
    if (member === "residence_level") return ["residence"];
    if (member !== "declared" && member !== "denied") return [member];
    return (when[member] ?? []).filter((name) => !facts.answers.has(name)).map((name) => `declared:${name}`);
  });
}

/** Before when the same facts give the same decision (DEC-10). @param {Policy} policy @param {readonly MapInForce[]} maps @param {Facts} facts @returns {number} */
function untilOf({ exp, zone, rules }, maps, { at, code }) {
  const has = (/** @type {keyof import("./when.js").When} */ name) => rules.some(({ when }) => when[name] !== undefined);
  const isDaily = DAILY.some(has) || rules.some(({ days }) => days !== undefined);
  const nextDay = (/** @type {{zone: number}} */ { zone }) => startOf(dayOf(at, zone) + 1, zone);
  const times = [
    exp,
    ...(code ? [code.exp] : []),
    ...maps.map(({ map }) => map.exp),
    ...rules.flatMap(({ from, until }) => [from, until]),
    ...(isDaily ? [{ zone }, ...maps.map(({ map }) => map)].map(nextDay) : []), // levels are those of a day of the map's zone
    ...(has("test") ? [(Math.floor(at / 3600) + 1) * 3600] : []),
  ].filter((time) => time > at);
  return Math.min(...times); // the policy's exp is one of them
}

/**
 * Decides by a policy.
 * @param {{policy?: Policy | undefined, maps?: readonly MapInForce[]}} inForce the policy of the office that the gate names,
 *   and the maps in its order: what a store answers
 * @param {Situation} situation
 * @returns {Decision} frozen
 * @throws {CallError} for a code that is not valid, a place that the policy does not have, an answer to what it does not ask
 */
export function decide({ policy, maps: held = [] }, situation) {
  needCall(policy, situation);
  const { at, judgement, answers = {}, document, place } = situation;
  const none = { action: undefined, rule: undefined, duties: [], ends: undefined, asks: [], say: undefined, until: undefined };
  if (!policy || at >= policy.exp) return Object.freeze({ ...none, ground: "no-policy" }); // DEC-1.1
  const maps = held.filter(({ map }) => at < map.exp); // POL-7.3
  /** @type {Facts} */
  const facts = {
    at,
    zone: policy.zone,
    levels: levelsIn(maps, at),
    waived: judgement?.waived ?? [],
    shown: shownBy(judgement),
    answers: new Map(Object.entries(answers)),
    matched: document === "matched",
    ...(judgement?.claims && { code: judgement.claims }),
    ...(place !== undefined && { place }),
  };
  const until = untilOf(policy, maps, facts);
  if (document === "mismatch") return Object.freeze({ ...none, ground: "document-mismatch", until }); // DEC-1.2

  /** @type {Rule[]} */
  const open = [];
  /** @type {Rule | undefined} */
  let deciding;
  for (const rule of policy.rules) {
    if (at < rule.from || at >= rule.until) continue;
    const answer = all(answersTo(rule.when, facts).map((one) => one.answer));
    if (answer === "yes" || (answer === "unknown" && rule.unknown === 1)) { // DEC-3.1
      deciding = rule;
      break;
    }
    if (answer === "unknown" && rule.unknown === 0) open.push(rule);
  }
  const consequence = consequenceOf(deciding, facts);
  const asking = open.filter((rule) => !areSame(consequenceOf(rule, facts), consequence)); // DEC-3.3
  if (asking.length > 0) {
    const asks = [...new Set(asking.flatMap((rule) => unknownIn(rule, facts)))].sort();
    return Object.freeze({ ...none, ground: "asks", asks, until });
  }
  return Object.freeze({
    ...none,
    action: ACTIONS[consequence.then],
    ground: undefined,
    rule: deciding?.id,
    duties: consequence.duties.map((duty) => DUTIES[duty] ?? ""),
    ends: consequence.ends,
    say: deciding?.say,
    until,
  });
}
