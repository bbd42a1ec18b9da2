/** JSON (RFC 8259) as CLR-1 wants it, which JSON.parse does not tell: each member once, and integers alone. */

import * as utf8 from "../utf8.js";
import { ColoringError } from "./error.js";

/** @typedef {null | boolean | number | string | JsonArray | JsonObject} Json objects have no prototype */
/** @typedef {Json[]} JsonArray */
/** @typedef {{[name: string]: Json}} JsonObject */

const MOST_OPEN = 32; // nothing that is defined has more than 9 open at once
const BLANK = /[ \t\n\r]*/y;
const INTEGER = /-?(?:0|[1-9][0-9]*)(?![.eE0-9])/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
const WORDS = /** @type {const} */ ([["true", true], ["false", false], ["null", null]]);
/** @type {Readonly<Record<string, string>>} */
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Reads one text. */
class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** @param {string} expected @param {string} [place] @param {string} [rule] @returns {never} */
  fail(expected, place = `character ${this.at}`, rule = "CLR-1") {
    throw new ColoringError(rule, place, expected);
  }

  /** What matches here, which is then behind; undefined where nothing does. @param {RegExp} pattern sticky @returns {string | undefined} */
  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** Takes a sign, with the blanks around it, if it stands here. @param {string} sign @returns {boolean} */
  has(sign) {
    this.take(BLANK);
    if (this.text[this.at] !== sign) return false;
    this.at++;
    this.take(BLANK);
    return true;
  }

  /** @param {string} place @param {number} open @returns {Json} */
  value(place, open) {
    if (open > MOST_OPEN) this.fail(`at most ${MOST_OPEN} arrays and objects open at once`, place);
    if (this.has("{")) return this.object(place, open);
    if (this.has("[")) return this.array(place, open);
    const start = this.text[this.at];
    if (start === '"') return this.string();
    if (start === "-" || (start !== undefined && start >= "0" && start <= "9")) return this.integer(place);
    for (const [word, value] of WORDS) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    return this.fail("a value of JSON");
  }

  /** @param {string} place @returns {number} */
  integer(place) {
    const digits = this.take(INTEGER);
    if (digits === undefined) this.fail("an integer without a fraction and an exponent", place, "CLR-1.3");
    return Number(digits) + 0; // no -0
  }

  /** @param {string} place @param {number} open @returns {JsonObject} */
  object(place, open) {
    /** @type {JsonObject} */
    const object = Object.create(null); // so that no name means more than another
    if (this.has("}")) return object;
    do {
      if (this.text[this.at] !== '"') this.fail("the name of a member");
      const name = this.string();
      const inner = place ? `${place}.${name}` : name;
      if (name in object) this.fail("each member once", inner, "CLR-1.2");
      if (!this.has(":")) this.fail("a colon");
      object[name] = this.value(inner, open + 1);
    } while (this.has(","));
    if (!this.has("}")) this.fail("a comma or the end of an object");
    return object;
  }

  /** @param {string} place @param {number} open @returns {Json[]} */
  array(place, open) {
    /** @type {Json[]} */
    const items = [];
    if (this.has("]")) return items;
    do items.push(this.value(`${place}[${items.length}]`, open + 1));
    while (this.has(","));
    if (!this.has("]")) this.fail("a comma or the end of an array");
    return items;
  }

  /** @returns {string} */
  string() {
    let text = "";
    for (this.at++; ; ) {
      text += this.take(PLAIN) ?? "";
      const sign = this.text[this.at++];
      if (sign === '"') return text;
      if (sign !== "\\") this.fail("the end of a text");
      const escape = this.text[this.at++] ?? "";
      if (escape === "u") text += String.fromCharCode(Number.parseInt(this.take(HEX4) ?? this.fail("four hexadecimal digits"), 16));
      else text += Object.hasOwn(ESCAPES, escape) ? ESCAPES[escape] : this.fail("an escape of JSON");
    }
  }
}

/**
 * Reads JSON (CLR-1).
 * @param {string | Uint8Array} source a text, or its bytes in UTF-8
 * @param {number} most bytes, with a byte order mark
 * @returns {Json}
 * @throws {ColoringError} for what is no such JSON
 */
export function readJson(source, most) {
  const bytes = typeof source === "string" ? utf8.encode(source) : source;
  const length = bytes?.length ?? 0;
  if (length > most) throw new ColoringError("CLR-1.1", "", `at most ${most} bytes`);
  const text = typeof source === "string" ? source : utf8.decode(source);
  if (bytes === undefined || text === undefined) throw new ColoringError("CLR-1.1", "", "UTF-8");
  const reader = new Reader(text.startsWith("\ufeff") ? text.slice(1) : text);
  const value = reader.value("", 1);
  reader.take(BLANK);
  if (reader.at < reader.text.length) reader.fail("the end");
  return value;
}
