/** The policies and risk maps of a state (POL-6). */

import { need } from "../errors.js";
import { equal } from "../bytes.js";
import { OF_OFFICES, readOfOffice } from "../decision/document.js";
import { FOR_POLICIES } from "../registry/registry.js";
import { largest } from "./lists.js";
import { wordOf } from "./roots.js";
import { officeName } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").HeldOfOffice} HeldOfOffice */
/** @typedef {import("./update.js").Update} Update */
/** @typedef {import("../registry/document.js").SignedDocument} SignedDocument */

const AHEAD = 86_400;
const MOST_HELD = 256;
const MOST_BYTES = 8_388_608;
const MOST_IATS = 1024;
const MOST_EVIDENCE = 4; // UPD-9

/** Takes one document of an office. @param {SignedDocument} document @param {string} office @param {import("../registry/registry.js").KeyEntry} entry @param {State} state @param {Update} update */
async function takeOne(document, office, entry, state, update) {
  const [signature] = document.signatures;
  need(signature && (await document.verifies(update.engine, signature, entry.publicKey)), "bad-signature"); // POL-6.1
  need(!entry.revoked, "unknown-signer"); // POL-6.2
  const { issuer, environment, iat } = readOfOffice(document); // POL-6.3
  need(issuer === office, "wrong-authority"); // POL-6.4
  need(environment === update.environment, "wrong-environment"); // POL-6.5
  need(iat <= update.at + AHEAD, "dated-ahead"); // POL-6.6
  const kind = document.kind.kind;
  const name = officeName(kind, office, entry.name);
  need(iat >= update.newestOfOffice(state, name), "rollback"); // POL-6.7
  const held = state.ofOffices.get(name);
  if (held?.document && iat === held.iat) {
    update.suspect(state, document.bytes, held.document.bytes, MOST_EVIDENCE);
    need(false, "equivocation"); // POL-6.8
  }
  state.ofOffices.set(name, { kind, office, key: entry.name, iat, document });
}

/**
 * Takes the policies and maps that are offered.
 * @param {State} state a copy that may be changed
 * @param {import("./bundle.js").Offer[]} offers @param {Update} update
 */
export async function takePolicies(state, offers, update) {
  const registry = state.usable;
  if (!registry) return;
  for (const { index, document } of offers) {
    const kind = document?.kind.kind;
    const [signature] = document?.signatures ?? [];
    if (!document || !signature || !kind || !OF_OFFICES.includes(kind) || (kind === "policy" && !state.isOwn)) continue;
    const found = registry.withKid(signature.name).find(({ entry }) => entry.use === FOR_POLICIES);
    if (!found) continue;
    const { issuer, entry } = found;
    const isHeld = [...state.ofOffices.values()].some((held) => held.office === issuer.id && held.document && equal(held.document.bytes, document.bytes));
    const word = isHeld ? "unchanged" : ((await wordOf(() => takeOne(document, issuer.id, entry, state, update))) ?? "applied");
    update.tell(index, state, word);
  }
}

/** @param {HeldOfOffice} held @returns {number} */
const sizeOf = ({ document }) => document?.bytes.length ?? 0;

/** By office, kind and key: of several that have as much, and of several of one iat, the first loses (POL-6). @param {HeldOfOffice} a @param {HeldOfOffice} b @returns {number} */
const inOrder = (a, b) => (a.office < b.office ? -1 : a.office > b.office ? 1 : a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.key < b.key ? -1 : 1);

/** @param {State} state @returns {HeldOfOffice[]} */
const heldIn = (state) => [...state.ofOffices.values()].filter((one) => one.document);

/** What the policies and maps of a state weigh. @param {State} state @returns {number} */
export function weightOfPolicies(state) {
  return heldIn(state).reduce((sum, held) => sum + sizeOf(held), 0);
}

/** Takes the oldest document of the office that has most, and leaves its iat. @param {State} state @param {(held: HeldOfOffice) => number} size */
function dropOldest(state, size) {
  const isEnded = (/** @type {HeldOfOffice} */ { office, key }) => {
    const entry = state.usable?.entry(office, key);
    return !entry || entry.use !== FOR_POLICIES || entry.revoked !== undefined;
  };
  const most = largest(heldIn(state).sort(inOrder), ({ office }) => office, size);
  const [first] = most.sort((a, b) => Number(isEnded(b)) - Number(isEnded(a)) || a.iat - b.iat);
  if (!first) return;
  const { document: _, ...iat } = first;
  state.ofOffices.set(officeName(first.kind, first.office, first.key), iat);
}

/** The same of a state whose policies and maps weigh too much. @param {State} state */
export function dropOldestPolicy(state) {
  dropOldest(state, sizeOf);
}

/** Holds the limits of one state (POL-6). @param {State} state */
export function holdPolicyLimits(state) {
  while (heldIn(state).length > MOST_HELD) dropOldest(state, () => 1);
  while (weightOfPolicies(state) > MOST_BYTES) dropOldest(state, sizeOf);
  while (state.ofOffices.size > MOST_IATS) {
    const iats = largest([...state.ofOffices.values()].sort(inOrder), ({ office }) => office, () => 1);
    const oldest = iats.reduce((a, b) => (b.iat < a.iat ? b : a));
    state.ofOffices.delete(officeName(oldest.kind, oldest.office, oldest.key));
  }
}
