/** The colour of a history (CLR-14, CLR-15). */

import { CallError } from "../errors.js";
import { calledAt, TIME_END } from "../numbers.js";
import { EVENTS } from "../tables.js";
import { Course } from "./spans.js";

/** @typedef {import("./history.js").Event} Event */
/** @typedef {import("./history.js").History} History */
/** @typedef {import("./rules.js").Rule} Rule */
/** @typedef {import("./rules.js").Rules} Rules */
/** @typedef {import("./spans.js").Span} Span */
/** @typedef {import("../edges.js").Names} Names */

/**
 * @typedef {object} Coloring
 * @property {string | undefined} color by its name in colors.csv; undefined: no code is issued
 * @property {string | undefined} reason by its name in reasons.csv, with yellow and red
 * @property {number | undefined} until the end of the measure, seconds; undefined where it is not known
 * @property {boolean} review whether a person has to confirm it before it is stated (CLR-16.3)
 * @property {string} rule the id of the rule that colours
 * @property {Event | undefined} event by which it colours
 * @property {Names | undefined} say what to tell the holder (CLR-17)
 * @property {number | undefined} nextAt when to colour anew although nothing is recorded, seconds
 */

/** The place of an event's kind in the table. @param {Event} event @returns {number} */
const rankOf = ({ event, kind }) => (kind === undefined ? 0 : (EVENTS[event]?.kinds.indexOf(kind) ?? 0));

/** Above 0 where `a` is told rather than `b` (CLR-14.2). @param {Event} a @param {Event} b @returns {number} */
const compareEvents = (a, b) => a.at - b.at || (a.level ?? 0) - (b.level ?? 0) || rankOf(b) - rankOf(a);

/** Whether a rule states an end (CLR-14.3). @param {Rule} rule @returns {boolean} */
const isMeasure = ({ color }) => color === "red" || color === "yellow";

/** The span by whose event a rule colours. @param {readonly Span[]} live one or more @returns {Span} */
function told(live) {
  return live.reduce((best, one) => (one.event && best.event && compareEvents(one.event, best.event) > 0 ? one : best));
}

/**
 * The first time after `at` at which the answer would be another one (CLR-15); Infinity where there is none.
 * @param {{rule: Rule, spans: Span[]}[]} all @param {number} index of the rule that colours @param {Span} why
 * @param {number} until Infinity where there is none @param {number} at
 * @returns {number}
 */
function changeOf(all, index, why, until, at) {
  const by = all[index]?.rule;
  const times = [why.end];
  all.forEach(({ rule, spans }, i) => {
    for (const { event, begin, end } of spans) {
      if (begin <= at) continue; // its end changes nothing that the end of `why` does not: until is the latest end
      const isStricter = i < index;
      const isTold = i === index && event && why.event && compareEvents(event, why.event) > 0;
      const isLater = rule.color === by?.color && isMeasure(rule) && until < TIME_END && end > until;
      if (isStricter || isTold || isLater) times.push(begin);
    }
  });
  return Math.min(...times);
}

/** From the mildest on (CLR-16.2); "" is no code. */
const MILDEST_FIRST = ["green", "yellow", "", "red"];

/**
 * Whether what one colour states is milder than another one: the office withdraws the code of the milder one (CLR-16.2).
 * @param {string | undefined} color by its name; undefined: no code @param {string | undefined} other
 * @returns {boolean}
 */
export function isMilder(color, other) {
  return MILDEST_FIRST.indexOf(color ?? "") < MILDEST_FIRST.indexOf(other ?? "");
}

/**
 * Colours a history by rules.
 * @param {Rules} rules @param {History} history
 * @param {{at: number, without?: readonly string[]}} options `at`, seconds; `without`: the ids of rules with `review` that
 *   nobody has confirmed for this person, for what is stated meanwhile (CLR-16.3)
 * @returns {Coloring} frozen
 * @throws {CallError} for an `at` that is no time, and for a rule in `without` that needs no review
 */
export function color({ zone, rules }, history, { at, without = [] }) {
  calledAt("at", at);
  for (const id of without) if (!rules.some((rule) => rule.id === id && rule.review)) throw new CallError(`${id} is no rule with review`);
  const course = new Course(history.filter((event) => event.at <= at), zone); // CLR-10.3
  const all = rules.filter(({ id }) => !without.includes(id)).map((rule) => ({ rule, spans: course.spansOf(rule) }));
  const liveOf = (/** @type {Span[]} */ spans) => spans.filter(({ begin, end }) => begin <= at && at < end);
  const index = all.findIndex(({ spans }) => liveOf(spans).length > 0); // the last rule is always live (CLR-6.2)
  const { rule, spans } = /** @type {{rule: Rule, spans: Span[]}} */ (all[index]);
  const why = told(liveOf(spans));
  const ends = all.filter((one) => one.rule.color === rule.color).flatMap((one) => liveOf(one.spans).map(({ end }) => end));
  const until = isMeasure(rule) ? Math.max(...ends) : Infinity; // CLR-14.3
  const next = Math.min(changeOf(all, index, why, until, at), ...history.filter((event) => event.at > at).map((event) => event.at)); // CLR-15
  return Object.freeze({
    color: rule.color,
    reason: rule.reason,
    until: until < TIME_END ? until : undefined,
    review: rule.review,
    rule: rule.id,
    event: why.event,
    say: rule.say,
    nextAt: next < TIME_END ? next : undefined,
  });
}
