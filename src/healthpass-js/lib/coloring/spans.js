/** When a rule is live: from its beginning to its end (CLR-12, CLR-13). */

import { dayOf, startOf } from "../days.js";
import { matches } from "./ground.js";
import { healthyOf } from "./history.js";

/** @typedef {import("./ends.js").End} End */
/** @typedef {import("./history.js").Event} Event */
/** @typedef {import("./history.js").History} History */
/** @typedef {import("./rules.js").Rule} Rule */

/**
 * @typedef {object} Span
 * @property {Event | undefined} event that began the rule; undefined without `on`
 * @property {number} begin seconds; -Infinity where it has always begun
 * @property {number} end Infinity where none is known
 */

/** What the ends of a history are found in. */
export class Course {
  /** @param {History} events those that count already, by time @param {number} zone minutes */
  constructor(events, zone) {
    this.events = events;
    this.zone = zone;
    this.healthy = healthyOf(events, zone);
    const tests = this.healthy.filter(({ event }) => event === "test");
    this.tests = [...tests, ...events.filter(({ result }) => result === "positive")].sort((a, b) => a.at - b.at);
    /** The first healthy check-in of each civil day. @type {Map<number, number>} */
    this.checkIns = new Map();
    for (const { event, at } of this.healthy) {
      const day = dayOf(at, zone);
      if (event === "check-in" && !this.checkIns.has(day)) this.checkIns.set(day, at);
    }
  }

  /** CLR-13.3. @param {Event} from @param {number} count @returns {number} */
  endOfCheckIns(from, count) {
    const first = dayOf(from.at, this.zone) + 1;
    let [last, run] = [-Infinity, 0];
    for (const [day, at] of this.checkIns) {
      if (day < first) continue;
      run = day === last + 1 ? run + 1 : 1;
      last = day;
      if (run === count) return at;
    }
    return Infinity;
  }

  /** CLR-13.4. @param {Event} from @param {{count: number, hoursApart: number, fromDay: number}} end @returns {number} */
  endOfNegatives(from, { count, hoursApart, fromDay }) {
    const earliest = startOf(dayOf(from.at, this.zone) + fromDay, this.zone);
    let [last, taken] = [-Infinity, 0];
    for (const { at, result } of this.tests) {
      if (at <= from.at) continue;
      if (result === "positive") [last, taken] = [-Infinity, 0];
      else if (taken > 0 ? at - last >= 3600 * hoursApart : at >= earliest) {
        last = at;
        taken++;
        if (taken === count) return at;
      }
    }
    return Infinity;
  }

  /** An end that is counted from an event (CLR-13); Infinity where it is not known. @param {Event} from @param {End} end @returns {number} */
  endOf(from, end) {
    switch (end.by) {
      case "days":
        return startOf(dayOf(from.at, this.zone) + end.count + 1, this.zone);
      case "hours":
        return from.at + 3600 * end.count;
      case "check_ins":
        return this.endOfCheckIns(from, end.count);
      case "negatives":
        return this.endOfNegatives(from, end);
      case "event":
        return this.healthy.find(({ event, at }) => event === end.event && at > from.at)?.at ?? Infinity;
      case "all":
        return Math.max(...end.ends.map((one) => this.endOf(from, one)));
      case "any":
        return Math.min(...end.ends.map((one) => this.endOf(from, one)));
    }
  }

  /** When a rule is live, were nothing more recorded (CLR-12). @param {Rule} rule @returns {Span[]} */
  spansOf({ on, lacking, afterHours, ends }) {
    const last = lacking && this.healthy.findLast(({ event }) => event === lacking.event);
    const lapsed = lacking && last ? last.at + 3600 * lacking.hours : -Infinity; // CLR-12.2
    if (!on) return [{ event: undefined, begin: lapsed, end: Infinity }]; // CLR-12.3
    const spans = this.events
      .filter((event) => matches(on, event))
      .map((event) => ({ event, begin: Math.max(event.at + 3600 * afterHours, lapsed), end: ends ? this.endOf(event, ends) : Infinity }));
    return spans.filter(({ begin, end }) => begin < end);
  }
}
