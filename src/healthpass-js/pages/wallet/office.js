/** The office of a code, by the lists of this phone: its name, and where it hears appeals. */

import { decodePayload, readClaims } from "../../lib/claims.js";
import { verifySignature } from "../../lib/engines.js";
import { readCredential } from "../../lib/envelope.js";
import { readCode } from "../../lib/text.js";
import { now } from "../common/say.js";

/**
 * Whoever holds a code that was withdrawn or has expired needs this most, and no verdict but `valid` tells it.
 * @param {import("../../lib/index.js").TrustStore} store
 * @param {string} text of a code
 * @returns {Promise<import("../../lib/edges.js").Path | undefined>}
 */
export async function officeOf(store, text) {
  const credential = readCredential(readCode(text).bytes);
  const { iss } = readClaims(decodePayload(credential.payload));
  const call = { at: now(), skew: 60, grace: 0, environment: store.environment, waive: new Set(["registry-stale"]) };
  for (const { issuer, publicKey, path } of store.find(credential.kid, call).edges) {
    const isSigned = issuer === iss && path && (await verifySignature(await store.engine, publicKey, credential.signed, credential.signature));
    if (isSigned) return path;
  }
  return undefined;
}
