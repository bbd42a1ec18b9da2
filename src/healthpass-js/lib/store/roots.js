/** The roots of a state: the pinned root, and the next links (UPD-4 to UPD-6). */

import { need, Refusal } from "../errors.js";
import { compare, equal } from "../bytes.js";
import { epochOf, readRoot } from "../registry/root.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Pin} Pin */
/** @typedef {import("../registry/root.js").Root} Root */
/** @typedef {import("../registry/document.js").SignedDocument} SignedDocument */
/** @typedef {import("./update.js").Update} Update */

const MOST_LINKS = 64;
const AHEAD = 86_400;

/** UPD-4.2 to UPD-4.4. @param {import("../registry/maps.js").Head} head @param {string} authority @param {Update} update */
export function needHead(head, authority, update) {
  need(head.iss === authority, "wrong-authority");
  need(head.environment === update.environment, "wrong-environment");
  need(head.iat <= update.at + AHEAD, "dated-ahead");
}

/** What a check says: undefined, or the word of the refusal. @param {() => Promise<unknown>} check @returns {Promise<string | undefined>} */
export async function wordOf(check) {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.word;
    throw error;
  }
}

/** The pinned root of a document, or its refusal (UPD-6). @param {SignedDocument} document @param {State} state @param {Pin} pin @param {Update} update @returns {Promise<Root>} */
async function pinned(document, state, pin, update) {
  const root = readRoot(document); // UPD-6.1
  need(!root.critical, "unsupported-document"); // DOC-8.1
  need(root.head.version === pin.version, "malformed-document"); // UPD-6.2
  needHead(root.head, state.authority, update); // UPD-6.3
  await document.count(update.engine, root.content.rootKeys, root.content.rootThreshold); // UPD-6.4
  return root;
}

/** The next link of a document, or its refusal (UPD-5). @param {SignedDocument} document @param {State} state @param {Update} update @returns {Promise<Root>} */
async function nextLink(document, state, update) {
  const current = /** @type {Root} */ (state.current);
  await document.count(update.engine, current.content.rootKeys, current.content.rootThreshold); // UPD-5.1
  const root = readRoot(document);
  need(!root.critical, "unsupported-document");
  needHead(root.head, state.authority, update); // UPD-5.2
  const { version, epoch } = root.head;
  const first = /** @type {Root} */ (state.chain[0]).head.version;
  need(version <= current.head.version + 1, "root-gap"); // UPD-5.3
  need(version > current.head.version, version >= first ? "equivocation" : "superseded");
  need(epochOf(root) === epochOf(current) || epoch > current.head.epoch, "wrong-epoch"); // UPD-5.4
  await document.count(update.engine, root.content.rootKeys, root.content.rootThreshold); // UPD-5.5
  need(state.chain.length - 1 < MOST_LINKS, "too-many"); // UPD-5.6
  return root;
}

/** Whether a root concerns a state beyond its hash: one of its signatures verifies under a current root key (UPD-3.1). @param {SignedDocument} document @param {State} state @param {Update} update @returns {Promise<boolean>} */
async function isOfState(document, state, update) {
  const { rootKeys } = /** @type {Root} */ (state.current).content;
  return document.names(rootKeys) && (await document.signers(update.engine, rootKeys)).signers > 0;
}

/**
 * Takes the roots that are offered.
 * @param {State} state a copy that may be changed @param {Pin} pin
 * @param {import("./bundle.js").Offer[]} offers @param {Update} update
 */
export async function takeRoots(state, pin, offers, update) {
  const roots = offers.flatMap(({ index, document }) => (document?.kind.kind === "root" ? [{ index, document }] : []));
  /** @type {Map<number, {outcome: string, notes?: string[]}>} */
  const told = new Map();
  const at = state.indexOf(pin);
  if (at >= 0) state.chain = state.chain.slice(at); // drop what stands before the pin
  else {
    for (const { index, document } of roots) {
      if (!equal(document.hash, pin.hash)) continue;
      /** @type {Root | undefined} */
      let root;
      const word = await wordOf(async () => {
        root = await pinned(document, state, pin, update);
      });
      told.set(index, { outcome: word ?? "applied" });
      if (!root) continue;
      state.chain = [root];
      state.taken = { ...state.taken, root: update.at };
      break;
    }
  }
  state.isPinned = state.indexOf(pin) >= 0;
  if (state.isPinned) {
    for (;;) {
      /** @type {{index: number, root: Root} | undefined} */
      let best;
      const { rootKeys } = /** @type {Root} */ (state.current).content;
      for (const { index, document } of roots) {
        if (!document.names(rootKeys) || told.get(index)?.outcome === "applied") continue;
        if (best && compare(best.root.document.hash, document.hash) <= 0) continue;
        await wordOf(async () => {
          best = { index, root: await nextLink(document, state, update) };
        });
      }
      if (!best) break;
      const opened = epochOf(best.root) !== epochOf(/** @type {Root} */ (state.current));
      state.chain.push(best.root);
      state.taken = { ...state.taken, root: update.at };
      told.set(best.index, { outcome: "applied", ...(opened && { notes: ["epoch-opened"] }) });
    }
    for (const { index, document } of roots) { // by the chain as it is in the end
      if (told.get(index)?.outcome === "applied") continue;
      const held = state.chain.find((root) => equal(root.document.hash, document.hash));
      if (held) told.set(index, { outcome: "unchanged" });
      else if (equal(document.hash, pin.hash) || (await isOfState(document, state, update))) {
        const outcome = (await wordOf(() => nextLink(document, state, update))) ?? "too-many";
        told.set(index, { outcome });
        if (outcome !== "equivocation") continue;
        const rival = state.chain.find((root) => root.head.version === readRoot(document).head.version);
        update.suspect(state, document.bytes, rival?.document.bytes);
      }
    }
  }
  for (const [index, { outcome, notes }] of told) update.tell(index, state, outcome, notes);
}
