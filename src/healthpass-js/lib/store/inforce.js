/** The policy of an office that is in force, and its maps (POL-7, MAP-3). */

import { equal } from "../bytes.js";
import { readOfOffice } from "../decision/document.js";
import { FOR_POLICIES } from "../registry/registry.js";
import { endings } from "./paths.js";

/** @typedef {import("../registry/document.js").SignedDocument} SignedDocument */
/** @typedef {import("./paths.js").Paths} Paths */
/** @typedef {import("./paths.js").Way} Way */
/** @typedef {import("../decision/policy.js").Policy} Policy */
/** @typedef {import("../decision/map.js").RiskMap} RiskMap */
/** @typedef {import("../decision/map.js").MapInForce} MapInForce */

/** @typedef {{document: SignedDocument, content: Policy | RiskMap, authority: string}} Candidate with the authority that lists its office */

/** Whether a path lets a key sign what is of this date (POL-7.1, POL-7.2). @param {Way} way @param {string} office @param {string} key @param {number} iat @returns {boolean} */
function allows(way, office, key, iat) {
  const entry = way.state.usable?.entry(office, key);
  if (!entry || entry.use !== FOR_POLICIES || entry.dropped) return false;
  const { revoked, retired } = endings(way, office, key);
  return !revoked && entry.from <= iat && iat < entry.until && iat < retired;
}

/** What the state of a path holds of an office, and the path lets count. @param {Way} way @param {string} kind @param {string} office @param {number} at @returns {Candidate[]} */
function candidatesOf(way, kind, office, at) {
  return [...way.state.ofOffices.values()].flatMap((held) => {
    const { document } = held;
    if (held.kind !== kind || held.office !== office || !document) return [];
    const content = readOfOffice(document);
    const counts = at < content.exp && allows(way, office, held.key, content.iat); // POL-7.3
    return counts ? [{ document, content, authority: way.state.authority }] : [];
  });
}

/** The document of a kind that is in force. @param {Paths} paths @param {"policy" | "risk-map"} kind @param {string} office @param {number} at @returns {Candidate | undefined} */
function newest(paths, kind, office, at) {
  const ways = paths.inForce(at).filter((way) => paths.speaks(way, office, at) && (kind === "risk-map" || way.state.isOwn)); // POL-7.1
  const candidates = ways.flatMap((way) => candidatesOf(way, kind, office, at));
  const iat = Math.max(...candidates.map(({ content }) => content.iat));
  const [first, ...others] = candidates.filter(({ content }) => content.iat === iat);
  return first && others.every(({ document }) => equal(document.bytes, first.document.bytes)) ? first : undefined; // POL-7.4
}

/** What is in force of an office: its policy, and the maps that this names, in its order. @param {Paths} paths @param {string} office @param {number} at @returns {{policy?: Policy, maps: MapInForce[]}} */
export function inForceOf(paths, office, at) {
  const policy = /** @type {Policy | undefined} */ (newest(paths, "policy", office, at)?.content);
  if (!policy) return { maps: [] };
  const maps = policy.maps.flatMap((one) => {
    const found = newest(paths, "risk-map", one, at);
    return found ? [{ map: /** @type {RiskMap} */ (found.content), authority: found.authority }] : [];
  });
  return { policy, maps };
}
