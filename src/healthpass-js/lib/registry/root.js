/** The root of an authority (ROT-1 to ROT-3). */

import { need, Refusal } from "../errors.js";
import { compare, equal, toHex } from "../bytes.js";
import { isTrustworthy, kidOf } from "../keys.js";
import { isUnsigned } from "../numbers.js";
import { attempt, isBytes, readPayload, WORD } from "./maps.js";

/** @typedef {import("../cbor.js").Value} Value */
/** @typedef {import("./document.js").RootKey} RootKey */
/** @typedef {import("./document.js").SignedDocument} SignedDocument */

/**
 * @typedef {object} RootContent
 * @property {RootKey[]} rootKeys @property {number} rootThreshold
 * @property {RootKey[]} registryKeys @property {number} registryThreshold
 */

/** @typedef {{document: SignedDocument, head: import("./maps.js").Head, content: RootContent, critical: boolean}} Root */

const MOST_KEYS = 8;

/** An ascending array of public keys (ROT-1). @param {Value | undefined} value @returns {RootKey[]} */
function readKeys(value) {
  need(Array.isArray(value) && value.length >= 1 && value.length <= MOST_KEYS, WORD);
  const keys = value.map((key) => {
    need(isBytes(key, 32) && isTrustworthy(key), WORD);
    return { publicKey: key, kid: toHex(kidOf(key)) };
  });
  keys.forEach((key, i) => {
    const before = keys[i - 1];
    need(!before || compare(before.publicKey, key.publicKey) < 0, WORD);
  });
  need(new Set(keys.map((key) => key.kid)).size === keys.length, WORD); // ROT-1.3
  return keys;
}

/** ROT-1, ROT-2. @param {Value | undefined} content @param {import("./maps.js").Maps} maps @returns {RootContent} */
function readContent(content, maps) {
  const get = maps.open(content, [1, 2, 3, 4]);
  const rootKeys = readKeys(get(1));
  const registryKeys = readKeys(get(3));
  need(!rootKeys.some((a) => registryKeys.some((b) => equal(a.publicKey, b.publicKey))), WORD); // ROT-1.2
  const [rootThreshold, registryThreshold] = [get(2), get(4)];
  need(isUnsigned(rootThreshold) && rootThreshold >= 1 && rootThreshold <= rootKeys.length, WORD);
  need(isUnsigned(registryThreshold) && registryThreshold >= 1 && registryThreshold <= registryKeys.length, WORD);
  return { rootKeys, rootThreshold, registryKeys, registryThreshold };
}

/** @type {WeakMap<SignedDocument, Root | Refusal>} */
const read = new WeakMap();

/** The root that a document is, after its signatures have been counted or its hash found (DOC-6). @param {SignedDocument} document @returns {Root} */
export function readRoot(document) {
  let root = read.get(document);
  if (!root) {
    root = attempt(() => {
      const days = document.kind.maxDays;
      return { document, ...readPayload(document.payload, days, false, (content, _head, maps) => readContent(content, maps)) };
    });
    read.set(document, root);
  }
  if (root instanceof Refusal) throw root;
  return root;
}

/** The epoch of a root (ROT-3), as a text that no other epoch has. @param {Root} root @returns {string} */
export function epochOf({ head, content }) {
  const keys = content.registryKeys.map((key) => toHex(key.publicKey)).join(",");
  return `${head.iss} ${head.epoch} ${content.registryThreshold} ${keys}`;
}
