/** When a condition holds: yes, no, or nobody knows yet (DEC-2, DEC-4 to DEC-8). */

import { dayOf } from "../days.js";
import { isWithin, regionOf } from "../regions.js";

/** @typedef {"yes" | "no" | "unknown"} Answer */
/** @typedef {import("./when.js").When} When */
/** @typedef {import("./when.js").Departure} Departure */
/** @typedef {import("../claims.js").Claims} Claims */

/**
 * @typedef {object} Facts what deciding needs, beside the policy (DEC-1)
 * @property {number} at
 * @property {number} zone of the policy, minutes
 * @property {(region: string, day?: number) => number[] | undefined} levels by the maps in force (MAP-3): on a day, or on that
 *   of `at` in the zone of the map (DEC-4)
 * @property {Claims} [code] none where no code was shown
 * @property {readonly string[]} waived
 * @property {number} shown
 * @property {ReadonlyMap<string, boolean>} answers by the names of questions
 * @property {boolean} matched whether the identity document was compared, and is the code's
 * @property {string} [place]
 */

/** @param {boolean} holds @returns {Answer} */
const yes = (holds) => (holds ? "yes" : "no");

/** All of these: no before unknown before yes (DEC-2). @param {readonly Answer[]} answers @returns {Answer} */
export function all(answers) {
  return answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
}

/** One of these: yes before unknown before no. @param {readonly Answer[]} answers @returns {Answer} */
const any = (answers) => (answers.includes("yes") ? "yes" : answers.includes("unknown") ? "unknown" : "no");

/** Whether somebody of a region is of one of these (DEC-4). @param {string} region @param {readonly string[]} regions @returns {Answer} */
function isIn(region, regions) {
  if (regions.some((one) => isWithin(region, one))) return "yes";
  return regions.some((one) => isWithin(one, region)) ? "unknown" : "no";
}

/** Whether levels are within a range (DEC-4). @param {readonly number[] | undefined} levels @param {import("./when.js").Range} range @returns {Answer} */
function areWithin(levels, { atLeast, atMost }) {
  if (!levels) return "unknown";
  const within = levels.filter((level) => atLeast <= level && level <= atMost).length;
  return within === levels.length ? "yes" : within === 0 ? "no" : "unknown";
}

/** The entries of one type of evidence. @param {Claims} code @param {number} type @returns {any[]} */
const evidenceOf = (code, type) => (code.health.evidence ?? []).filter((entry) => entry[0] === type);

/** Each departure of a code, with its day (DEC-5). @param {Departure} condition @param {Facts} facts @returns {{day: number, answer: Answer}[]} */
export function departures({ levels: range, withinDays, regions }, { code, at, zone, levels }) {
  if (!code) return [];
  const today = dayOf(at, zone);
  return evidenceOf(code, 4).map(([, region, day]) => ({
    day,
    answer: all([
      yes(0 <= today - day && today - day <= withinDays),
      regions ? isIn(region, regions) : "yes",
      range ? areWithin(levels(region, day), range) : "yes",
    ]),
  }));
}

/** DEC-6. @param {import("./when.js").Test} condition @param {Claims} code @param {number} at @returns {Answer} */
function tested({ methods, result, withinHours, count, hoursApart }, code, at) {
  const tests = evidenceOf(code, 1).map(([, sampled, outcome, method]) => ({ hour: sampled / 3600, outcome, method }));
  const lastPositive = Math.max(...tests.filter(({ outcome }) => outcome === 1).map(({ hour }) => hour));
  const hours = tests
    .filter(({ outcome, method }) => outcome === result && methods.includes(method))
    .map(({ hour }) => hour)
    .filter((hour) => Math.floor(at / 3600) - hour >= 0 && Math.floor(at / 3600) - hour <= withinHours)
    .filter((hour) => result === 1 || hour > lastPositive)
    .sort((a, b) => a - b);
  let chosen = 0;
  let last = -Infinity;
  for (const hour of hours) {
    if (hour - last < hoursApart) continue;
    chosen++;
    last = hour;
  }
  return yes(chosen >= count);
}

/**
 * Questions that all have to be answered so (DEC-8).
 * @param {readonly string[]} names @param {Facts} facts @param {boolean} wanted @returns {Answer}
 */
function answered(names, { answers }, wanted) {
  return all(names.map((name) => (answers.has(name) ? yes(answers.get(name) === wanted) : "unknown")));
}

/** Members that need a code, which are no without one (DEC-2). @type {{[name in keyof When]: (condition: any, code: Claims, facts: Facts) => Answer}} */
const OF_CODE = {
  color: (values, { health }) => yes(values.includes(health.color)),
  reason: (values, { health }) => yes(values.includes(health.reason)),
  issuer: (regions, { iss }) => yes(regions.some((/** @type {string} */ one) => isWithin(regionOf(iss), one))),
  origin: (regions, { health: { origin } }) =>
    yes(origin !== undefined && regions.some((/** @type {string} */ one) => isWithin(regionOf(origin), one))),
  residence: (regions, { health: { residence } }) => (residence === undefined ? "unknown" : isIn(residence, regions)),
  residence_level: (range, { health: { residence } }, { levels }) =>
    residence === undefined ? "unknown" : areWithin(levels(residence), range),
  departure: (condition, _, facts) => any(departures(condition, facts).map(({ answer }) => answer)),
  test: (condition, code, { at }) => tested(condition, code, at),
  vaccination: ({ doses, daysSince }, code, { at, zone }) =>
    yes(evidenceOf(code, 2).some(([, day, dose, of]) => dose >= of && dose >= doses && dayOf(at, zone) - day >= daysSince)),
  recovery: ({ withinDays }, code, { at, zone }) =>
    yes(evidenceOf(code, 3).some(([, day]) => 0 <= dayOf(at, zone) - day && dayOf(at, zone) - day <= withinDays)),
  starts_within_days: (most, { nbf }, { at, zone }) => {
    const days = dayOf(at, zone) - dayOf(nbf, zone);
    return yes(0 <= days && days <= most);
  },
  document: (_, { health }, { matched }) => (health.binding === undefined ? "no" : matched ? "yes" : "unknown"),
  waived: (verdicts, _, { waived }) => yes(waived.every((verdict) => verdicts.includes(verdict))),
};

/** The others. @type {{[name in keyof When]: (condition: any, facts: Facts) => Answer}} */
const OF_GATE = {
  shown: (ways, { shown }) => yes(ways.includes(shown)),
  declared: (names, facts) => answered(names, facts, true),
  denied: (names, facts) => answered(names, facts, false),
  place: (names, { place }) => (place === undefined ? "unknown" : yes(names.includes(place))),
};

/** Each member of a rule's conditions, and its answer. @param {When} when @param {Facts} facts @returns {{member: keyof When, answer: Answer}[]} */
export function answersTo(when, facts) {
  return Object.entries(when).map(([name, condition]) => {
    const member = /** @type {keyof When} */ (name);
    const ofCode = OF_CODE[member];
    if (!ofCode) return { member, answer: OF_GATE[member]?.(condition, facts) ?? "unknown" };
    return { member, answer: facts.code ? ofCode(condition, facts.code, facts) : "no" };
  });
}
