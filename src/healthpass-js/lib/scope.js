/** What a key is trusted for (SCP-1 to SCP-5). */

import { isTime, isUnsigned } from "./numbers.js";

/**
 * What is absent allows nothing.
 * @typedef {object} Scope
 * @property {number[]} [colors]
 * @property {number} [max_lifetime] seconds
 * @property {number} [max_bearer_lifetime] seconds, of codes without a device key
 * @property {number} [max_lifetime_without_status] seconds, of codes that cannot be withdrawn
 */

const LIFETIMES = /** @type {const} */ (["max_lifetime", "max_bearer_lifetime", "max_lifetime_without_status"]);

/** Whether a caller's value has the form of a scope (VER-4). @param {Scope} scope @returns {boolean} */
export function isScope(scope) {
  const { colors = [], ...lifetimes } = scope;
  const names = /** @type {readonly string[]} */ (LIFETIMES);
  const areTimes = Object.entries(lifetimes).every(([name, value]) => names.includes(name) && (value === undefined || isTime(value)));
  return areTimes && Array.isArray(colors) && colors.length <= 16 && colors.every(isUnsigned);
}

/** Step 10 of VER-1. @param {Scope} scope @param {import("./claims.js").Claims} claims @returns {boolean} */
export function isInScope(scope, claims) {
  const lifetime = claims.exp - claims.nbf;
  return (
    (scope.colors ?? []).includes(claims.health.color) && // SCP-1
    lifetime <= (scope.max_lifetime ?? 0) && // SCP-2
    (claims.cnf !== undefined || lifetime <= (scope.max_bearer_lifetime ?? 0)) && // SCP-3
    (claims.health.status !== undefined || lifetime <= (scope.max_lifetime_without_status ?? 0)) // SCP-4
  );
}

/** What two scopes both allow (SCP-5). @param {Scope} a @param {Scope} b @returns {Scope} */
export function meet(a, b) {
  /** @type {Scope} */
  const both = { colors: (a.colors ?? []).filter((color) => b.colors?.includes(color)) };
  for (const name of LIFETIMES) both[name] = Math.min(a[name] ?? 0, b[name] ?? 0);
  return both;
}
