/** The registry of a state (UPD-7). */

import { need } from "../errors.js";
import { equal } from "../bytes.js";
import { readRegistry } from "../registry/registry.js";
import { epochOf } from "../registry/root.js";
import { needHead, wordOf } from "./roots.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./update.js").Update} Update */
/** @typedef {import("../registry/registry.js").Registry} Registry */
/** @typedef {import("../registry/root.js").Root} Root */
/** @typedef {import("../registry/document.js").SignedDocument} SignedDocument */

const MOST_EPOCHS = 1024;

/** UPD-7.1 to UPD-7.4. @param {SignedDocument} document @param {State} state @param {Update} update @returns {Promise<Registry>} */
async function admit(document, state, update) {
  const current = /** @type {Root} */ (state.current);
  await document.count(update.engine, current.content.registryKeys, current.content.registryThreshold); // UPD-7.1
  const registry = readRegistry(document);
  need(!registry.critical, "unsupported-document");
  needHead(registry.head, state.authority, update); // UPD-7.2
  need(registry.head.epoch === current.head.epoch, "wrong-epoch"); // UPD-7.3
  const seen = update.seen(state, epochOf(current));
  const greatest = Math.max(0, ...seen.map(({ version }) => version));
  const { version } = registry.head;
  const isThat = seen.some((one) => one.version === greatest && one.name === document.name);
  if (!isThat) need(version > greatest, version === greatest ? "equivocation" : "rollback"); // UPD-7.4
  return registry;
}

/** UPD-7.5. @param {Registry} held @param {Registry} registry */
function needEndings(held, registry) {
  for (const issuer of held.content.issuers.values()) {
    for (const { name, bytes } of issuer.keys) {
      if (!bytes) continue;
      const again = registry.entry(issuer.id, name)?.bytes;
      need(again && equal(again, bytes), "revocation-undone");
    }
  }
}

/** @param {State} state @param {Registry} registry @param {Update} update */
function hold(state, registry, update) {
  const epoch = epochOf(/** @type {Root} */ (state.current));
  state.registry = registry;
  state.isUsable = true;
  state.taken = { ...state.taken, registry: update.at };
  state.seen.delete(epoch);
  state.seen.set(epoch, { version: registry.head.version, name: registry.document.name });
  if (state.seen.size > MOST_EPOCHS) state.seen.delete(state.seen.keys().next().value ?? "");
}

/** Takes one registry that concerns the state. @param {SignedDocument} document @param {State} state @param {Update} update @returns {Promise<{outcome: string, notes?: string[]}>} */
async function takeOne(document, state, update) {
  const before = state.registry;
  if (before?.document.name === document.name) {
    const word = state.isUsable ? "held" : await wordOf(async () => hold(state, await admit(document, state, update), update));
    return { outcome: word === undefined ? "applied" : "unchanged" };
  }
  const usable = state.usable;
  const word = await wordOf(async () => {
    const registry = await admit(document, state, update);
    if (usable) needEndings(usable, registry);
    hold(state, registry, update);
  });
  if (word === "equivocation" && before?.head.version === readRegistry(document).head.version) {
    update.suspect(state, document.bytes, before.document.bytes);
  }
  if (word) return { outcome: word };
  const taken = readRegistry(document);
  const follows = usable && taken.head.version === usable.head.version + 1;
  if (!follows || (taken.content.previous && equal(taken.content.previous, usable.document.hash))) return { outcome: "applied" };
  update.suspect(state, document.bytes, usable.document.bytes);
  return { outcome: "applied", notes: ["broken-chain"] };
}

/**
 * Takes the registries that are offered.
 * @param {State} state a copy that may be changed, its pin on the chain
 * @param {import("./bundle.js").Offer[]} offers @param {Update} update
 */
export async function takeRegistries(state, offers, update) {
  const { registryKeys } = /** @type {Root} */ (state.current).content;
  for (const { index, document } of offers) {
    if (document?.kind.kind !== "registry") continue;
    const isHeld = state.registry?.document.name === document.name;
    if (!isHeld && !document.names(registryKeys)) continue;
    if (!isHeld && (await document.signers(update.engine, registryKeys)).signers === 0) continue; // UPD-3.2
    const { outcome, notes } = await takeOne(document, state, update);
    update.tell(index, state, outcome, notes);
  }
  const epoch = epochOf(/** @type {Root} */ (state.current));
  const seen = state.seen.get(epoch);
  if (seen) {
    state.seen.delete(epoch);
    state.seen.set(epoch, seen); // it has been current most recently
  }
}
