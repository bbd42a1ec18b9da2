/**
 * What each byte of a credential or a presentation is for. It goes as far as it can, and names what breaks the layout: it
 * judges nothing, that is for the steps.
 */

import { hasAt, hex } from "../../lib/bytes.js";
import { decode as decodeText } from "../../lib/utf8.js";
import { Cursor } from "../../lib/cbor.js";
import { say, tables, time } from "../common/say.js";

/** @typedef {{start: number, end: number, depth: number, meaning: string, rule: string}} Part */

const TIMES = new Set(["exp", "nbf", "iat", "until"]);
const claim = (map, key) => tables.claims.find((one) => one.map === map && one.key === String(key));

/** Writes down parts, from the start of the bytes on. */
class Writer {
  /** @type {Part[]} */
  parts = [];
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  take(size, depth, rule, word, values = {}) {
    const end = Math.min(this.bytes.length, this.at + size);
    if (end > this.at) this.parts.push({ start: this.at, end, depth, rule, meaning: say(word, values) });
    const isWhole = end === this.at + size;
    this.at = end;
    return isWhole;
  }

  /** Fixed bytes: false where they are others. */
  fixed(text, depth, rule, word, values) {
    const isThere = hasAt(this.bytes, this.at, hex(text));
    this.take(text.length / 2, depth, rule, isThere ? word : "part.broken", values);
    return isThere;
  }

  /** The length that the head at this place gives, and how many bytes the head has; undefined for no such head. */
  head(major) {
    try {
      const cursor = new Cursor(this.bytes, this.at);
      const [found, count] = cursor.head();
      return found === major ? { size: cursor.at - this.at, count } : undefined;
    } catch {
      return undefined;
    }
  }

  rest(depth, rule, word) {
    this.take(this.bytes.length - this.at, depth, rule, word);
  }
}

/** Maps of which claims.csv has no rows: of cnf (RFC 8747), and the COSE_Key in it (RFC 9052). */
const INNER = { cnf: { 1: "COSE_Key" }, COSE_Key: { 1: "kty: 1, OKP", "-1": "crv: 6, Ed25519", "-2": "x" } };
const MAPS = { credential: { "-65537": "health", 8: "cnf" }, cnf: { 1: "COSE_Key" } };

/** One data item, and those in it. `map` names its table, `name` its key there, `above` the rule of what it is in. @returns {boolean} whether it could be read */
function item(writer, end, depth, map, name, above = "CBR-4") {
  const { bytes, at } = writer;
  const cursor = new Cursor(bytes.subarray(0, end), at);
  try {
    const [major, n] = cursor.head();
    const size = cursor.at - at;
    const rule = (name === undefined ? undefined : claim(map, name)?.rule) ?? above;
    if (major === 5) {
      writer.take(size, depth, name === undefined ? "CBR-5" : rule, "part.map", { count: n });
      const inner = name === undefined ? map : (MAPS[map]?.[name] ?? "");
      for (let i = 0; i < n; i++) if (!pair(writer, end, depth + 1, inner, rule)) return false;
      return true;
    }
    if (major === 4) {
      writer.take(size, depth, rule, "part.array", { count: n });
      for (let i = 0; i < n; i++) if (!item(writer, end, depth + 1, "", undefined, rule)) return false;
      return true;
    }
    if (major < 2) {
      const value = major === 0 ? n : -1 - n;
      const isTime = TIMES.has(claim(map, name)?.["name"] ?? "");
      writer.take(size, depth, rule, isTime ? "part.time" : "part.number", { value, time: isTime ? time(value) : "" });
      return true;
    }
    const inner = cursor.take(n);
    const text = major === 3 ? decodeText(inner) : undefined;
    if (major === 3 && text === undefined) throw new Error("CBR-6");
    writer.take(size + n, depth, rule, major === 3 ? "part.text" : "part.bytes", { value: text, count: n });
    return true;
  } catch {
    writer.take(end - writer.at, depth, "CBR-1", "part.not-cbor");
    return false;
  }
}

/** A key of a map, and its value. */
function pair(writer, end, depth, map, above) {
  try {
    const cursor = new Cursor(writer.bytes.subarray(0, end), writer.at);
    const [major, n] = cursor.head();
    if (major > 1) throw new Error("CBR-5.1");
    const key = major === 0 ? n : -1 - n;
    const known = claim(map, key);
    writer.take(cursor.at - writer.at, depth, known?.rule ?? above, "part.key", { key, name: known?.name ?? INNER[map]?.[key] ?? say("part.unknown") });
    return item(writer, end, depth + 1, map, key, known?.rule ?? above);
  } catch {
    writer.take(end - writer.at, depth, "CBR-1", "part.not-cbor");
    return false;
  }
}

/** The rest of a COSE_Sign1: unprotected header, payload, signature. */
function body(writer, end, depth, map, rules) {
  if (!writer.fixed("a0", depth, rules.fixed, "part.unprotected")) return writer.take(end - writer.at, depth, rules.fixed, "part.broken");
  const head = writer.head(2);
  if (!head || writer.at + head.size + head.count > end) return writer.take(end - writer.at, depth, rules.length, "part.broken");
  writer.take(head.size, depth, rules.length, "part.payload", { count: head.count });
  const stop = writer.at + head.count;
  item(writer, stop, depth + 1, map);
  if (writer.at < stop) writer.take(stop - writer.at, depth + 1, "CBR-1", "part.not-cbor");
  if (!writer.fixed("5840", depth, rules.fixed, "part.signature-head")) return writer.take(end - writer.at, depth, rules.fixed, "part.broken");
  writer.take(Math.min(32, end - writer.at), depth, rules.signature, "part.r");
  writer.take(Math.min(32, end - writer.at), depth, rules.signature, "part.s");
  if (writer.at < end) writer.take(end - writer.at, depth, rules.end, "part.after");
  return true;
}

function credential(writer, end, depth) {
  const rules = { fixed: "ENV-2", length: "ENV-3", signature: "SIG-5", end: "ENV-4" };
  const isStart = writer.fixed("d284", depth, "ENV-2", "part.sign1") && writer.fixed("4da201320448", depth, "ENV-2", "part.header");
  if (!isStart || writer.at + 8 > end) return writer.take(end - writer.at, depth, "ENV-2", "part.broken");
  writer.take(8, depth, "SIG-3", "part.kid");
  return body(writer, end, depth, "credential", rules);
}

/** @param {"HP1:" | "HPP1:"} prefix @param {Uint8Array} bytes @returns {Part[]} which cover all bytes, in order */
export function partsOf(prefix, bytes) {
  const writer = new Writer(bytes);
  if (prefix === "HP1:") credential(writer, bytes.length, 0);
  else {
    const isStart = writer.fixed("d284", 0, "PRS-2", "part.sign1");
    const head = isStart ? writer.head(2) : undefined;
    const end = head ? writer.at + head.size + head.count : 0;
    if (head && end <= bytes.length) {
      writer.take(head.size, 0, "PRS-2", "part.outer", { count: head.count });
      if (writer.fixed("a201320d", 0, "PRS-2", "part.outer-header")) credential(writer, end, 1);
      if (writer.at < end) writer.take(end - writer.at, 1, "PRS-3", "part.broken");
      body(writer, bytes.length, 0, "showing", { fixed: "PRS-2", length: "PRS-2", signature: "PRS-5", end: "PRS-2" });
    }
  }
  writer.rest(0, prefix === "HP1:" ? "ENV-2" : "PRS-2", "part.broken");
  return writer.parts;
}

