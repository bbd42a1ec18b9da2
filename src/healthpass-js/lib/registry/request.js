/** Key requests, as an authority receives them (REQ-1 to REQ-4). */

import { need } from "../errors.js";
import { equal } from "../bytes.js";
import { isTrustworthy, keyOfCose, kidOf } from "../keys.js";
import { isUnsigned } from "../numbers.js";
import { isRegionId, isWithin, regionOf } from "../regions.js";
import { SignedDocument } from "./document.js";
import { readPayload, WORD } from "./maps.js";

/** @typedef {{issuer: string, publicKey: Uint8Array, use: number, from: number, until: number, scope: import("../scope.js").Scope}} KeyRequest */

/**
 * Judges a key request in the order of REQ-3.
 * @param {Uint8Array} bytes
 * @param {{authority: string, environment: string, at: number, engine: import("../engines.js").Engine}} reader
 * @returns {Promise<KeyRequest>}
 */
export async function readRequest(bytes, { authority, environment, at, engine }) {
  const document = new SignedDocument(bytes, ["key-request"]);
  const { head, content, critical } = readPayload(document.payload, document.kind.maxDays, true, (value, { iss }, maps) => {
    const get = maps.open(value, [1, 2, 3, 4, 5], [6]);
    const [publicKey, asked, use] = [keyOfCose(get(1)), get(2), get(3)];
    need(publicKey !== undefined && isTrustworthy(publicKey), WORD); // REQ-1.2
    need(isRegionId(asked) && isWithin(regionOf(iss), asked) && isUnsigned(use), WORD); // REQ-1.1
    return { publicKey, asked, use, ...maps.validity(get(4), get(5)), scope: maps.scope(get(6)) };
  });
  need(!critical, "unsupported-document"); // DOC-8.1
  const { publicKey, asked, use, from, until, scope } = content;
  const [signature, ...others] = document.signatures;
  need(signature && others.length === 0 && equal(signature.kid, kidOf(publicKey)), "bad-signature"); // REQ-2
  need(await document.verifies(engine, signature, publicKey), "bad-signature");
  need(asked === authority, "wrong-authority"); // REQ-4
  need(head.environment === environment, "wrong-environment");
  need(head.iat <= at + 86_400, "dated-ahead");
  need(at < head.exp, "request-expired");
  return { issuer: head.iss, publicKey, use, from, until, scope };
}
