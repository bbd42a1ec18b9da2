/** Heads of byte strings in fixed layouts: each breach is `malformed-envelope`. */

import { need } from "./errors.js";

const WORD = "malformed-envelope";

/**
 * The head of a byte string or text at `at`, in its shortest form.
 * @param {Uint8Array} bytes @param {number} at
 * @param {number} major 2 or 3
 * @param {number} [least] the smallest length that the layout allows
 * @returns {{start: number, end: number}} where its bytes begin and end, within `bytes`
 */
export function span(bytes, at, major, least = 0) {
  need(at < bytes.length, WORD);
  const first = /** @type {number} */ (bytes[at]);
  const short = first - (major << 5);
  let n = short;
  let start = at + 1;
  if (short >= 24) {
    need(short <= 26, WORD);
    const size = 1 << (short - 24);
    need(start + size <= bytes.length, WORD);
    n = 0;
    for (let i = 0; i < size; i++) n = n * 256 + /** @type {number} */ (bytes[start++]);
    need(n >= (size === 1 ? 24 : 2 ** (4 * size)), WORD);
  }
  need(n >= least && n <= bytes.length - start, WORD);
  return { start, end: start + n };
}
