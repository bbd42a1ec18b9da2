/** Numbers with a meaning, and their bounds. */

import { CallError } from "./errors.js";

export const TIME_END = 253_370_764_800; // 9999-01-01T00:00:00Z, CLM-3
export const DAY_END = 2_932_532; // 9999-01-01, HLT-9

/** An unsigned integer (CBR-3). @param {unknown} value @returns {value is number} */
export function isUnsigned(value) {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

/** A time in seconds (CLM-3). @param {unknown} value @returns {value is number} */
export function isTime(value) {
  return isUnsigned(value) && value < TIME_END;
}

/** Refuses a call with a number out of its range. @param {string} name @param {unknown} value @param {number} most @returns {number} */
export function called(name, value, most) {
  if (!isUnsigned(value) || value > most) throw new CallError(`${name} is ${String(value)}: expected an integer from 0 to ${most}`);
  return value;
}

/** Refuses a call with what is no time (VER-12.2). @param {string} name @param {unknown} value @returns {number} */
export function calledAt(name, value) {
  return called(name, value, TIME_END - 1);
}
