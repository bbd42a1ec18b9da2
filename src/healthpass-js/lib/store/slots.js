/**
 * Keeps entries where files cannot be replaced in one step, as in mini-programs: each entry has two files, written in turn,
 * and the newest that is whole counts.
 */

import { concat, equal } from "../bytes.js";
import { sha256 } from "../digest.js";

/**
 * What the platform gives.
 * @typedef {object} Files
 * @property {() => Promise<string[]>} names of all files in the folder
 * @property {(name: string) => Promise<Uint8Array>} read
 * @property {(name: string, bytes: Uint8Array) => Promise<void>} write
 * @property {(name: string) => Promise<void>} remove
 */

/** @typedef {import("./storage.js").Storage} Storage */
/** @typedef {{slot: 0 | 1, turn: number}} Place of the newest whole file of an entry */

const TURN = 8;
const DIGEST = 32;

/** @param {number} turn @returns {Uint8Array} */
function turnBytes(turn) {
  const bytes = new Uint8Array(TURN);
  new DataView(bytes.buffer).setFloat64(0, turn);
  return bytes;
}

/** The turn and the content of a file; undefined where it is not whole. @param {Uint8Array} file @returns {{turn: number, bytes: Uint8Array} | undefined} */
function readSlot(file) {
  if (file.length < TURN + DIGEST) return undefined;
  const [turn, digest, bytes] = [file.slice(0, TURN), file.subarray(TURN, TURN + DIGEST), file.slice(TURN + DIGEST)];
  if (!equal(digest, sha256(concat(turn, bytes)))) return undefined;
  return { turn: new DataView(turn.buffer).getFloat64(0), bytes };
}

/** @implements {Storage} */
export class SlotStorage {
  /** @type {Map<string, Place>} */
  #places = new Map();

  /** @param {Files} files of one folder that nobody else writes */
  constructor(files) {
    this.files = files;
  }

  /** @returns {Promise<Map<string, Uint8Array>>} */
  async all() {
    /** @type {Map<string, Uint8Array>} */
    const entries = new Map();
    this.#places.clear();
    for (const file of await this.files.names()) {
      const [, name, digit] = /^(.+)\.([01])$/.exec(file) ?? [];
      const found = name === undefined ? undefined : readSlot(await this.files.read(file));
      if (name === undefined || !found || found.turn <= (this.#places.get(name)?.turn ?? 0)) continue;
      this.#places.set(name, { slot: digit === "1" ? 1 : 0, turn: found.turn });
      entries.set(name, found.bytes);
    }
    return entries;
  }

  /** @param {string} name @param {Uint8Array} bytes */
  async put(name, bytes) {
    const { slot, turn } = this.#places.get(name) ?? { slot: 1, turn: 0 };
    const next = /** @type {Place} */ ({ slot: 1 - slot, turn: turn + 1 });
    const number = turnBytes(next.turn);
    await this.files.write(`${name}.${next.slot}`, concat(number, sha256(concat(number, bytes)), bytes));
    this.#places.set(name, next);
  }

  /** The older file goes first, so that it does not come back. @param {string} name */
  async remove(name) {
    const place = this.#places.get(name);
    const here = new Set(await this.files.names());
    const slots = place?.slot === 0 ? [1, 0] : [0, 1];
    for (const slot of slots) if (here.has(`${name}.${slot}`)) await this.files.remove(`${name}.${slot}`);
    this.#places.delete(name);
  }
}
