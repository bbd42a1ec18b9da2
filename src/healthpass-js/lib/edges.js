/** An edge: one way in which a registry trusts a key for an issuer; and steps 7 to 13 of VER-1 on it. */

import { isInScope } from "./scope.js";

/** @typedef {import("./claims.js").Claims} Claims */

/**
 * @typedef {object} Edge
 * @property {Uint8Array} publicKey
 * @property {string} issuer issuer id
 * @property {string} [environment] of the registry; a pinned one has none
 * @property {boolean} revoked PTH-4.1
 * @property {number} staleAt the time from which the path is stale (PTH-8.3)
 * @property {boolean} forCredentials PTH-9
 * @property {number} from @property {number} until of the key, seconds
 * @property {number} retired time of the earliest retirement (PTH-4.2)
 * @property {import("./scope.js").Scope} [scope] without one, everything is granted (VER-4.4)
 * @property {number} floor clock floor (UPD-12)
 * @property {(list: number, index: number, at: number) => boolean} withdraws STL-11.1
 * @property {(list: number, index: number, at: number, grace: number) => number | undefined} vouches the iat of the list
 *   that answers *good* (STL-11.4)
 * @property {Path} [path]
 */

/**
 * @typedef {object} Path through which a code passed (PTH-13)
 * @property {string} anchor @property {string} authority @property {string} issuer
 * @property {Uint8Array} key
 * @property {string} appeal where the issuer hears appeals, an address
 * @property {{anchor: Names, authority: Names, issuer: Names}} names
 */
/** @typedef {{zh: string, en: string}} Names */

/**
 * @typedef {object} Call what a caller of verify() says beside the text
 * @property {number} at @property {number} skew @property {number} grace
 * @property {string} environment
 * @property {Set<string>} waive
 * @property {Uint8Array} [nonce]
 */

/**
 * @typedef {object} Result of an edge
 * @property {Edge} edge
 * @property {number} step the step that failed, or 14
 * @property {string} [verdict] why it failed
 * @property {string[]} waived
 * @property {number} [issued] the iat of the list that answered *good* (STL-13)
 */

/** Steps 7 to 13 of VER-1 (PTH-7 to PTH-11, STL-11). @param {Edge} edge @param {Claims} claims @param {Call} call @returns {Result} */
export function judgeEdge(edge, claims, call) {
  const { at, skew, grace, waive } = call;
  /** @type {string[]} */
  const waived = [];
  /** @type {number | undefined} */
  let issued;
  /** Whether a verdict stops here. @param {string} verdict @returns {boolean} */
  const stops = (verdict) => {
    if (waive.has(verdict)) waived.push(verdict);
    return !waive.has(verdict);
  };
  /** @param {number} step @param {string} [verdict] @returns {Result} */
  const result = (step, verdict) => ({ edge, step, waived, ...(verdict && { verdict }), ...(issued !== undefined && { issued }) });

  if (claims.iss !== edge.issuer) return result(7, "issuer-mismatch"); // PTH-7

  if (edge.environment !== undefined && edge.environment !== call.environment) return result(8, "wrong-environment"); // PTH-8.1
  if (edge.revoked) return result(8, "key-revoked"); // PTH-8.2
  if (at >= edge.staleAt && stops("registry-stale")) return result(8, "registry-stale"); // PTH-8.3

  const inForce = edge.from <= claims.nbf && claims.nbf < edge.until && claims.nbf < edge.retired;
  if (!edge.forCredentials || !inForce) return result(9, "key-not-valid"); // PTH-9

  if (edge.scope && !isInScope(edge.scope, claims)) return result(10, "out-of-scope"); // PTH-10

  if (at + skew < edge.floor && stops("clock-suspect")) return result(11, "clock-suspect"); // PTH-11

  if (claims.nbf > at + skew) return result(12, "not-yet-valid"); // VER-5.1
  if (at >= claims.exp) return result(12, "expired"); // VER-5.2

  const status = claims.health.status;
  if (status) { // VER-6
    if (edge.withdraws(...status, at)) return result(13, "revoked"); // STL-11.3
    issued = edge.vouches(...status, at, grace); // STL-11.4
    if (issued === undefined && stops("status-unknown")) return result(13, "status-unknown");
  }
  return result(14);
}
