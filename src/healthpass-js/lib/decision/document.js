/** What a policy or a map says, after its signature has been verified (POL-2). */

import { Refusal } from "../errors.js";
import { attempt } from "../registry/maps.js";
import { readRiskMap } from "./map.js";
import { readPolicy } from "./policy.js";

/** @typedef {import("../registry/document.js").SignedDocument} SignedDocument */
/** @typedef {import("./policy.js").Policy} Policy */
/** @typedef {import("./map.js").RiskMap} RiskMap */

/** The kinds of documents of offices. */
export const OF_OFFICES = ["policy", "risk-map"];

/** @type {WeakMap<SignedDocument, Policy | RiskMap | Refusal>} */
const read = new WeakMap();

/** @param {SignedDocument} document @returns {Policy | RiskMap} */
export function readOfOffice(document) {
  let content = read.get(document);
  if (!content) {
    content = attempt(() => (document.kind.kind === "policy" ? readPolicy(document.payload) : readRiskMap(document.payload)));
    read.set(document, content);
  }
  if (content instanceof Refusal) throw content;
  return content;
}
