/** A gate's memory of the presentations that passed (PRS-9): digests, for 90 seconds. */

import { toHex } from "./bytes.js";
import { sha256 } from "./digest.js";

const SECONDS = 90;

export class Memory {
  /** Each presentation, oldest first. @type {Map<string, {credential: string, at: number}>} */
  #seen = new Map();

  /** @param {{most?: number, mostOfOne?: number}} [bounds] presentations in all, and of one credential (8 or more, PRS-9.4) */
  constructor({ most = 65_536, mostOfOne = 8 } = {}) {
    this.most = most;
    this.mostOfOne = Math.max(8, mostOfOne);
  }

  /**
   * Remembers a presentation that passes; false if the memory has it already.
   * @param {Uint8Array} presentation @param {Uint8Array} credential @param {number} at
   * @returns {boolean}
   */
  remember(presentation, credential, at) {
    for (const [name, seen] of this.#seen) if (at - SECONDS > seen.at) this.#seen.delete(name); // PRS-9.3
    const name = toHex(sha256(presentation));
    if (this.#seen.has(name)) return false;
    const of = toHex(sha256(credential));
    const same = [...this.#seen].filter(([, seen]) => seen.credential === of);
    if (same.length >= this.mostOfOne) this.#seen.delete(same[0]?.[0] ?? "");
    if (this.#seen.size >= this.most) this.#seen.delete(this.#seen.keys().next().value ?? "");
    this.#seen.set(name, { credential: of, at });
    return true;
  }
}
