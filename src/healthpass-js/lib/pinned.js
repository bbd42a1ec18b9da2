/** A pinned registry: keys that somebody gives by hand (VER-4). */

import { CallError } from "./errors.js";
import { equal, toHex } from "./bytes.js";
import { bestEngine } from "./engines.js";
import { isTrustworthy, kidOf } from "./keys.js";
import { isIssuerId } from "./regions.js";
import { isScope } from "./scope.js";

/** @typedef {import("./edges.js").Edge} Edge */

export class PinnedRegistry {
  /** @type {{kid: Uint8Array, edge: Edge}[]} */
  #keys = [];

  /**
   * @param {Iterable<{issuer: string, publicKey: Uint8Array}>} keys
   * @param {{scope?: import("./scope.js").Scope, engine?: import("./engines.js").Engine}} [options] `scope` is that of all
   *   keys; without one everything is granted
   * @throws {CallError} for a key that breaks SIG-1 or SIG-2, a wrong issuer id, a wrong scope, and a key of two issuers
   */
  constructor(keys, { scope, engine } = {}) {
    this.engine = engine ?? bestEngine();
    if (scope !== undefined && !isScope(scope)) throw new CallError("not a scope: at most 16 colours, and lifetimes in seconds");
    /** @type {Map<string, string>} */
    const issuers = new Map();
    for (const { issuer, publicKey } of keys) {
      if (!isIssuerId(issuer)) throw new CallError(`not an issuer id: ${String(issuer)}`);
      if (!(publicKey instanceof Uint8Array) || !isTrustworthy(publicKey)) {
        throw new CallError(`the key of ${issuer} cannot be trusted: it is no point of order L, or its private half is published`);
      }
      const name = toHex(publicKey);
      const before = issuers.get(name);
      if (before !== undefined && before !== issuer) throw new CallError(`one key is given for ${before} and ${issuer}`); // VER-4.1
      if (before !== undefined) continue;
      issuers.set(name, issuer);
      this.#keys.push({ kid: kidOf(publicKey), edge: pinnedEdge(publicKey, issuer, scope) });
    }
  }


  /** Step 3 of VER-1: the edges of a kid. @param {Uint8Array} kid @returns {{edges: Edge[], otherwise: string}} */
  find(kid) {
    return { edges: this.#keys.filter((key) => equal(key.kid, kid)).map((key) => key.edge), otherwise: "unknown-key" };
  }
}

/** No state, no validity, no clock and no lists (VER-4.3, VER-6). @param {Uint8Array} publicKey @param {string} issuer @param {import("./scope.js").Scope} [scope] @returns {Edge} */
function pinnedEdge(publicKey, issuer, scope) {
  return {
    publicKey: publicKey.slice(),
    issuer,
    revoked: false,
    staleAt: Infinity,
    forCredentials: true,
    from: 0,
    until: Infinity,
    retired: Infinity,
    ...(scope && { scope }),
    floor: 0,
    withdraws: () => false,
    vouches: () => undefined,
  };
}
