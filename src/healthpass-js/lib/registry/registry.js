/** The registry of an authority: its issuers, their keys, and whom it recognises (REG-1 to REG-5, KEY-1 to KEY-5). */

import { need, Refusal } from "../errors.js";
import { compare, toHex } from "../bytes.js";
import { encode } from "../cbor.js";
import { isTrustworthy, keyOfCose, kidOf } from "../keys.js";
import { isTime, isUnsigned } from "../numbers.js";
import { isIssuerId, isRegionId, isWithin, regionOf } from "../regions.js";
import { attempt, isAddress, isBytes, isListBase, isPositive, listOf, readPayload, WORD } from "./maps.js";

/** @typedef {import("../cbor.js").Value} Value */
/** @typedef {import("./maps.js").Maps} Maps */
/** @typedef {import("../edges.js").Names} Names */
/** @typedef {import("./document.js").SignedDocument} SignedDocument */

export const FOR_CREDENTIALS = 1;
export const FOR_STATUS = 2;
export const FOR_POLICIES = 3;

/** A key entry. */
export class KeyEntry {
  /** @type {boolean | undefined} */
  #dropped;

  /** @param {Value} map @param {Maps} maps */
  constructor(map, maps) {
    const get = maps.open(map, [1, 2, 3, 4], [5, 6, 7]);
    const publicKey = keyOfCose(get(1));
    need(publicKey !== undefined, WORD); // KEY-1.1
    this.publicKey = publicKey;
    this.name = toHex(publicKey);
    this.kid = toHex(kidOf(publicKey));
    const use = get(2);
    need(isUnsigned(use), WORD);
    this.use = use;
    const { from, until } = maps.validity(get(3), get(4));
    this.from = from;
    this.until = until;
    this.scope = maps.scope(get(5));
    this.retired = readEnd(get(6));
    this.revoked = readEnd(get(7));
    /** The bytes of a revoked entry, which the next registry has to repeat (UPD-7.5). */
    this.bytes = this.revoked && encode(map);
  }

  /** Whether the key breaks SIG-1 or SIG-2 (KEY-2): looked at when it is needed. @returns {boolean} */
  get dropped() {
    this.#dropped ??= !isTrustworthy(this.publicKey);
    return this.#dropped;
  }
}

/** KEY-4. @param {Value | undefined} value @returns {{at: number, reason: number} | undefined} */
function readEnd(value) {
  if (value === undefined) return undefined;
  need(Array.isArray(value) && value.length === 2, WORD);
  const [at, reason] = value;
  need(isTime(at) && isUnsigned(reason), WORD);
  return { at, reason };
}

/** @typedef {{id: string, names: Names, appeal: string, keys: KeyEntry[], status?: string}} Issuer */

/** @param {Value} map @param {Maps} maps @returns {Issuer} */
function readIssuer(map, maps) {
  const get = maps.open(map, [1, 2, 3], [4, 5]);
  const [id, appeal, status] = [get(1), get(3), get(5)];
  need(isIssuerId(id) && isAddress(appeal), WORD);
  need(status === undefined || isListBase(status), WORD);
  const names = maps.names(get(2));
  const keys = listOf(get(4), 64).map((entry) => new KeyEntry(entry, maps));
  keys.forEach((key, i) => {
    const before = keys[i - 1];
    need(!before || compare(before.publicKey, key.publicKey) < 0, WORD);
  });
  need(new Set(keys.map((key) => key.kid)).size === keys.length, WORD); // KEY-1.2
  return { id, names, appeal, keys, ...(status !== undefined && { status }) };
}

/**
 * @typedef {object} Recognition
 * @property {string} authority
 * @property {number} version @property {Uint8Array} hash of that authority's root: the pin of its state
 * @property {number} from @property {number} until
 * @property {import("../scope.js").Scope} scope
 * @property {Names} names
 */

/** @param {Value} map @param {Maps} maps @param {string} own @returns {Recognition} */
function readRecognition(map, maps, own) {
  const get = maps.open(map, [1, 2, 3, 4, 5, 7], [6]);
  const [authority, version, hash] = [get(1), get(2), get(3)];
  need(isRegionId(authority) && authority !== own && isPositive(version) && isBytes(hash, 32), WORD);
  return { authority, version, hash, ...maps.validity(get(4), get(5)), scope: maps.scope(get(6)), names: maps.names(get(7)) };
}

/**
 * @typedef {object} RegistryContent
 * @property {Names} names
 * @property {Map<string, Issuer>} issuers by id
 * @property {Map<string, Recognition>} recognitions by authority
 * @property {Uint8Array} [previous]
 */

/** Ids ascend by their bytes. @param {string[]} ids @returns {boolean} */
const ascend = (ids) => ids.every((id, i) => i === 0 || /** @type {string} */ (ids[i - 1]) < id);

/** REG-1 to REG-3. @param {Value | undefined} content @param {string} own @param {Maps} maps @returns {RegistryContent} */
function readContent(content, own, maps) {
  const get = maps.open(content, [1], [2, 3, 4]);
  const names = maps.names(get(1));
  const issuers = listOf(get(2), 4096).map((issuer) => readIssuer(issuer, maps));
  const recognitions = listOf(get(3), 256).map((recognition) => readRecognition(recognition, maps, own));
  const previous = get(4);
  need(previous === undefined || isBytes(previous, 32), WORD);
  need(ascend(issuers.map((issuer) => issuer.id)) && ascend(recognitions.map(({ authority }) => authority)), WORD);
  need(issuers.every((issuer) => isWithin(regionOf(issuer.id), own)), WORD); // REG-2
  const keys = issuers.flatMap((issuer) => issuer.keys.map((key) => key.name));
  need(keys.length <= 32_768 && new Set(keys).size === keys.length, WORD); // REG-3
  return {
    names,
    issuers: new Map(issuers.map((issuer) => [issuer.id, issuer])),
    recognitions: new Map(recognitions.map((recognition) => [recognition.authority, recognition])),
    ...(previous && { previous }),
  };
}

/** A registry whose signatures have been counted. */
export class Registry {
  /** @type {Map<string, {issuer: Issuer, entry: KeyEntry}[]> | undefined} */
  #byKid;

  /** @param {SignedDocument} document */
  constructor(document) {
    const days = document.kind.maxDays;
    const { head, content, critical } = readPayload(document.payload, days, false, (value, { iss }, maps) => readContent(value, iss, maps));
    this.document = document;
    this.head = head;
    this.content = content;
    this.critical = critical;
  }

  /** The entries with a kid that are not dropped. @param {string} kid @returns {{issuer: Issuer, entry: KeyEntry}[]} */
  withKid(kid) {
    if (!this.#byKid) {
      this.#byKid = new Map();
      for (const issuer of this.content.issuers.values()) {
        for (const entry of issuer.keys) this.#byKid.set(entry.kid, [...(this.#byKid.get(entry.kid) ?? []), { issuer, entry }]);
      }
    }
    return (this.#byKid.get(kid) ?? []).filter(({ entry }) => !entry.dropped);
  }

  /** An issuer's entry for a key. @param {string} issuer @param {string} key its name @returns {KeyEntry | undefined} */
  entry(issuer, key) {
    return this.content.issuers.get(issuer)?.keys.find((entry) => entry.name === key);
  }
}

/** @type {WeakMap<SignedDocument, Registry | Refusal>} */
const read = new WeakMap();

/** The registry that a document is, after its signatures have been counted (DOC-6). @param {SignedDocument} document @returns {Registry} */
export function readRegistry(document) {
  let registry = read.get(document);
  if (!registry) {
    registry = attempt(() => new Registry(document));
    read.set(document, registry);
  }
  if (registry instanceof Refusal) throw registry;
  return registry;
}
