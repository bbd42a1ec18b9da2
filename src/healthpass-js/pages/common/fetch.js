/** The one request of these pages: for a bundle, to the address that somebody typed. */

import { say } from "./say.js";

export const MOST_BYTES = 67_108_864; // a phone's memory is smaller than what STL-8 allows
const PATIENCE = 30_000; // ms without a byte
const LONGEST = 600_000; // ms in all

/** What keeps an address from giving a bundle, in words of the page. */
class Unreachable extends Error {}

/** @param {string} address @returns {URL} @throws {Unreachable} */
function addressOf(address) {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || url.username || url.password || (url.protocol !== "https:" && url.origin !== location.origin)) throw new Unreachable(say("lists.no-address"));
  return url;
}

/**
 * What an address answers. It is followed to no other address.
 * @param {string} address
 * @returns {Promise<Uint8Array>}
 * @throws {Error} in words
 */
export async function fetchBundle(address) {
  const url = addressOf(address);
  const stop = new AbortController();
  const longest = setTimeout(() => stop.abort(), LONGEST);
  let patience = setTimeout(() => stop.abort(), PATIENCE);
  const moved = () => {
    clearTimeout(patience);
    patience = setTimeout(() => stop.abort(), PATIENCE);
  };
  try {
    const answer = await fetch(url, { credentials: "omit", cache: "no-store", redirect: "manual", referrerPolicy: "no-referrer", signal: stop.signal });
    if (answer.type === "opaqueredirect") throw new Unreachable(say("lists.moved"));
    if (!answer.ok) throw new Unreachable(say(answer.status === 404 ? "lists.not-there" : "lists.answered", { status: answer.status }));
    if (/^text\/html\b/i.test(answer.headers.get("content-type") ?? "")) throw new Unreachable(say("lists.web-page"));
    return await readAll(answer, moved);
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    throw new Unreachable(say(stop.signal.aborted ? "lists.silent" : navigator.onLine ? "lists.unreachable" : "lists.offline"));
  } finally {
    clearTimeout(longest);
    clearTimeout(patience);
    stop.abort(); // nothing more is read of an answer that was refused
  }
}

/** @param {Response} answer @param {() => void} moved is called for each part @returns {Promise<Uint8Array>} */
async function readAll(answer, moved) {
  if (Number(answer.headers.get("content-length")) > MOST_BYTES) throw new Unreachable(say("lists.too-large"));
  const parts = [];
  let size = 0;
  for (const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (answer.body).getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    moved();
    size += value.length;
    if (size > MOST_BYTES) throw new Unreachable(say("lists.too-large"));
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
