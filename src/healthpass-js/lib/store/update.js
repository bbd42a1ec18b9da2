/** One update of a store: what it is given, and what it tells (UPD-1, UPD-9). */

import { concat } from "../bytes.js";
import { sha256 } from "../digest.js";

/** @typedef {import("./state.js").State} State */

/**
 * @typedef {object} Entry what became of one document for one state that it concerns (UPD-1.1)
 * @property {number} document its index
 * @property {string} [anchor] @property {string} [authority] absent where it concerns no state or cannot be read
 * @property {string} outcome
 * @property {string[]} notes
 */

const MOST_DOCUMENTS = 8;
const MOST_BYTES = 1_048_576;
const WHOLE = 131_072;

export class Update {
  /** @type {Entry[]} */
  entries = [];

  /**
   * @param {object} parts
   * @param {number} parts.at @param {string} parts.environment
   * @param {import("../engines.js").Engine} parts.engine
   * @param {ReadonlyMap<string, State>} parts.states of the store, as they are now
   */
  constructor({ at, environment, engine, states }) {
    this.at = at;
    this.environment = environment;
    this.engine = engine;
    this.states = states;
  }

  /** @param {number} index @param {State | undefined} state @param {string} outcome @param {string[]} [notes] */
  tell(index, state, outcome, notes = []) {
    const of = state && { anchor: state.anchor, authority: state.authority };
    this.entries.push({ document: index, ...of, outcome, notes });
  }

  /** The states of an authority beside the one that is changed, and that one. @param {State} state @returns {State[]} */
  #all(state) {
    return [state, ...[...this.states.values()].filter((one) => one.anchor !== state.anchor || one.authority !== state.authority)];
  }

  /** What any state of the store has seen of an epoch (UPD-7.4). @param {State} state @param {string} epoch @returns {import("./state.js").Seen[]} */
  seen(state, epoch) {
    return this.#all(state).flatMap((one) => one.seen.get(epoch) ?? []);
  }

  /** The greatest iat that any state of the store has taken of a list (STL-8.6). @param {State} state @param {string} name @returns {number} */
  newestIat(state, name) {
    return Math.max(0, ...this.#all(state).map((one) => one.lists.get(name)?.iat ?? 0));
  }

  /** The same of a policy or a map (POL-6.7). @param {State} state @param {string} name @returns {number} */
  newestOfOffice(state, name) {
    return Math.max(0, ...this.#all(state).map((one) => one.ofOffices.get(name)?.iat ?? 0));
  }

  /**
   * Keeps both documents as evidence, if there is room (UPD-9).
   * @param {State} state @param {Uint8Array} one @param {Uint8Array | undefined} other @param {number} [most] a list is
   *   kept only while there are fewer than so many
   */
  suspect(state, one, other, most = MOST_DOCUMENTS) {
    for (const bytes of other ? [other, one] : [one]) {
      const kept = bytes.length > WHOLE ? concat(lengthOf(bytes), sha256(bytes)) : bytes;
      const size = state.evidence.reduce((n, each) => n + each.length, kept.length);
      const isKept = state.evidence.some((each) => each.length === kept.length && each.every((byte, i) => byte === kept[i]));
      if (!isKept && state.evidence.length < most && size <= MOST_BYTES) state.evidence.push(kept);
    }
  }

  /** The entries, in the order of documents, anchors and authorities. @returns {Entry[]} */
  result() {
    const order = (/** @type {string | undefined} */ a, /** @type {string | undefined} */ b) => ((a ?? "") < (b ?? "") ? -1 : a === b ? 0 : 1);
    return this.entries.sort((a, b) => a.document - b.document || order(a.anchor, b.anchor) || order(a.authority, b.authority));
  }
}

/** @param {Uint8Array} bytes @returns {Uint8Array} 4 bytes */
function lengthOf({ length }) {
  return Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length);
}
