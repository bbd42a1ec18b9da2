/** Bundles: documents, then lists, one after the other (BDL-1, BDL-2, STL-10, UPD-10). */

import { Refusal } from "../errors.js";
import { hasAt, hex } from "../bytes.js";
import { OF_OFFICES } from "../decision/document.js";
import { span } from "../layout.js";
import { outline, SignedDocument } from "../registry/document.js";
import { readList } from "../status/list.js";

const LIST = hex("d284582a");
const WANTED = ["root", "registry", ...OF_OFFICES]; // DOC-1.5
const LIMITS = {
  document: { most: 4096, bytes: 67_108_864 },
  list: { most: 65_536, bytes: 268_435_456 },
};

/**
 * @typedef {object} Offer a document of an update
 * @property {number} index
 * @property {SignedDocument} [document]
 * @property {import("../status/list.js").StatusList} [list]
 * @property {string} [outcome] why it cannot be read
 */

/** Where a list ends (STL-10.2). @param {Uint8Array} bytes @param {number} at @returns {number} */
function endOfList(bytes, at) {
  const payload = span(bytes, at + 47, 2);
  return span(bytes, payload.end, 2).end;
}

/** @param {() => Omit<Offer, "index">} read @returns {Omit<Offer, "index">} */
function offer(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return { outcome: error.word };
    throw error;
  }
}

/**
 * What the sources hold, counted on from one to the next.
 * @param {readonly Uint8Array[]} sources
 * @returns {Offer[]}
 */
export function readSources(sources) {
  /** @type {Offer[]} */
  const offers = [];
  const add = (/** @type {Omit<Offer, "index">} */ found) => offers.push({ index: offers.length, ...found });
  for (const source of sources) {
    const used = { document: { count: 0, bytes: 0 }, list: { count: 0, bytes: 0 } };
    for (let at = 0; at < source.length; ) {
      const kind = hasAt(source, at, LIST) ? "list" : "document";
      let end = at;
      const broken = offer(() => {
        end = kind === "list" ? endOfList(source, at) : outline(source, at).end;
        return {};
      });
      if (broken.outcome) {
        add(broken);
        break;
      }
      const mine = used[kind];
      mine.count++;
      mine.bytes += end - at;
      if (mine.count > LIMITS[kind].most || mine.bytes > LIMITS[kind].bytes) {
        add({ outcome: mine.count > LIMITS[kind].most ? "too-many" : "too-large" });
        break;
      }
      const bytes = source.slice(at, end);
      add(offer(() => (kind === "list" ? { list: readList(bytes) } : { document: new SignedDocument(bytes, WANTED) })));
      at = end;
    }
  }
  return offers;
}
