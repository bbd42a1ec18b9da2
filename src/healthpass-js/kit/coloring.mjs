/** Colouring in the kit's JSON. */

import { color, ColoringError, readHistory, readRules } from "../lib/coloring/index.js";

/** The operation `color`. */
export function colorBy({ rules, history, at }) {
  try {
    const { rule, review, nextAt, event, color: name, reason, until } = color(readRules(rules), readHistory(history), { at });
    const told = event && { ...event, at: new Date(event.at * 1000).toISOString().replace(".000Z", "Z") };
    return { rule, review, color: name, reason, until, event: told, next_at: nextAt }; // what is undefined is left out of JSON
  } catch (error) {
    if (!(error instanceof ColoringError)) throw error;
    return { verdict: "refused" };
  }
}
