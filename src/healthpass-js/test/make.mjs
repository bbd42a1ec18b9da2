/** Makes codes, documents and lists for the tests, with keys whose seeds are SHA-256 of a name. */

import { createPrivateKey, createPublicKey, sign as signBy } from "node:crypto";
import { deflateSync } from "node:zlib";
import { ascii, compare, concat, hex, toHex } from "../lib/bytes.js";
import { encode, head } from "../lib/cbor.js";
import { sha256 } from "../lib/digest.js";
import { credentialToSign, writeCredential } from "../lib/envelope.js";
import { kidOf } from "../lib/keys.js";
import { writeText } from "../lib/text.js";

export const NOW = 1_793_520_000;
export const DAY = 86_400;

/** Numbers that look random and are the same each time. */
export function* numbers(seed = 1) {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x;
  }
}

/** The platform's key of a seed. */
const keys = new Map();
function keyOf(seed) {
  const name = toHex(seed);
  if (!keys.has(name)) {
    const der = concat(hex("302e020100300506032b657004220420"), seed); // RFC 8410
    keys.set(name, createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" }));
  }
  return keys.get(name);
}

const sign = (seed, message) => new Uint8Array(signBy(null, message, keyOf(seed)));

/** A pair of keys of a seed. */
export function keyPair(seed) {
  const key = new Uint8Array(createPublicKey(keyOf(seed)).export({ format: "der", type: "spki" }).subarray(12));
  return { seed, key, kid: kidOf(key), sign: (message) => sign(seed, message) };
}

/** A pair of keys of a name. */
export function pair(name) {
  return keyPair(sha256(ascii(name)));
}

/** The COSE_Key of a public key. */
export const cose = (key) => new Map([[1, 1], [-1, 6], [-2, key]]);

/** The text of a credential that was signed by a pair. */
export function credential(signer, { iss = "CN-33-01.WJW", nbf = NOW - 3600, exp = nbf + DAY, cti = new Uint8Array(12), cnf, health = {} } = {}) {
  const { color = 0, ...rest } = health;
  const code = new Map([[1, color], ...Object.entries(rest).map(([key, value]) => [Number(key), value])]);
  const map = new Map([[1, iss], [4, exp], [5, nbf], [7, cti], [-65537, code]]);
  if (cnf) map.set(8, new Map([[1, cose(cnf)]]));
  return writeText("HP1:", signedCredential(signer, encode(map)));
}

/** The bytes of a credential of a payload. */
export function signedCredential({ seed, kid }, payload) {
  return writeCredential(kid, payload, sign(seed, credentialToSign(kid, payload)));
}

/** A signed document of a payload, by each of the pairs. */
export function document(kind, payload, signers) {
  const typ = ascii(`application/vnd.healthpass.${kind}+cose`);
  const inner = concat(hex("a110"), head(3, typ.length), typ);
  const header = concat(head(2, inner.length), inner);
  const body = concat(head(2, payload.length), payload);
  const signatures = [...signers].sort((a, b) => compare(a.kid, b.kid)).map(({ seed, kid }) => {
    const own = concat(hex("4da201320448"), kid);
    const signature = sign(seed, concat(hex("8569"), ascii("Signature"), header, own, head(2, typ.length), typ, body));
    return concat(hex("83"), own, hex("a05840"), signature);
  });
  return concat(hex("d86284"), header, hex("a0"), body, head(4, signers.length), ...signatures);
}

/** The payload of a document. */
export function payload({ iss = "CN-33", iat = NOW - DAY, exp = iat + 20 * DAY, environment = "production", epoch = 1, version = 1, content, more = [] }) {
  return encode(new Map([[1, iss], [4, exp], [6, iat], [-65539, environment], [-65540, epoch], [-65541, version], [-65542, content], ...more]));
}

const ascending = (pairs) => pairs.map(({ key }) => key).sort(compare);

/** The content of a root. */
export function rootContent(rootPairs, registryPairs, rootThreshold = 1, registryThreshold = 1) {
  return new Map([[1, ascending(rootPairs)], [2, rootThreshold], [3, ascending(registryPairs)], [4, registryThreshold]]);
}

export const NAMES = new Map([[1, "名"], [2, "Name"]]);
export const SCOPE = new Map([[1, [0, 1, 2]], [2, 10 * DAY], [3, 10 * DAY], [4, 10 * DAY]]);

/** A key entry. */
export function entry({ key }, { use = 1, from = NOW - 30 * DAY, until = NOW + 300 * DAY, scope = SCOPE, retired, revoked } = {}) {
  const map = new Map([[1, cose(key)], [2, use], [3, from], [4, until]]);
  if (scope) map.set(5, scope);
  if (retired) map.set(6, retired);
  if (revoked) map.set(7, revoked);
  return map;
}

/** An issuer of a registry. */
export function issuer(id, entries, status) {
  const keys = [...entries].sort((a, b) => compare(a.get(1).get(-2), b.get(1).get(-2)));
  const map = new Map([[1, id], [2, NAMES], [3, "tel:+86-571-12320"]]);
  if (keys.length > 0) map.set(4, keys);
  if (status) map.set(5, status);
  return map;
}

/** A recognition of an authority by the hash of its root. */
export function recognition(authority, hash, { version = 1, from = NOW - 30 * DAY, until = NOW + 300 * DAY, scope = SCOPE } = {}) {
  return new Map([[1, authority], [2, version], [3, hash], [4, from], [5, until], [6, scope], [7, NAMES]]);
}

/** The content of a registry. */
export function registryContent(issuers = [], recognitions = [], previous) {
  const map = new Map([[1, NAMES]]);
  const by = (key) => (a, b) => (a.get(key) < b.get(key) ? -1 : 1);
  if (issuers.length > 0) map.set(2, [...issuers].sort(by(1)));
  if (recognitions.length > 0) map.set(3, [...recognitions].sort(by(1)));
  if (previous) map.set(4, previous);
  return map;
}

/** A status list in which some indices have a value. */
export function list({ seed, kid }, { sub, iat = NOW - 3600, exp = iat + DAY, bits = 1, size = 131_072, values = {}, stream, ttl } = {}) {
  const bytes = new Uint8Array(size * bits);
  for (const [index, value] of Object.entries(values)) bytes[Math.floor((index * bits) / 8)] |= value << ((index * bits) % 8);
  const lst = stream ?? new Uint8Array(deflateSync(bytes));
  const claims = concat(
    head(5, ttl === undefined ? 4 : 5), encode(2), encode(sub), encode(4), encode(exp), encode(6), encode(iat), encode(65_533), head(5, 2),
    encode("bits"), encode(bits), encode("lst"), encode(lst), ...(ttl === undefined ? [] : [encode(65_534), encode(ttl)]),
  );
  return signedList({ seed, kid }, claims);
}

/** A list with the payload of another, changed, signed by a pair. */
export function resignedList(signer, bytes, change) {
  const [form, size] = [bytes[47] - 0x58, 1 << (bytes[47] - 0x58)];
  if (form < 0 || form > 2) throw new Error("no list");
  return signedList(signer, change(bytes.subarray(48 + size, bytes.length - 66)));
}

/** A list of a payload. */
function signedList({ seed, kid }, claims) {
  const header = concat(hex("582aa301320448"), kid, hex("10781a"), ascii("application/statuslist+cwt"));
  const body = concat(head(2, claims.length), claims);
  const signature = sign(seed, concat(hex("846a"), ascii("Signature1"), header, hex("40"), body));
  return concat(hex("d284"), header, hex("a0"), body, hex("5840"), signature);
}

/** The payload of a policy or a risk map. */
export function office({ issuer = "CN-33-01.WJW", iat = NOW - 3600, exp = iat + 7 * DAY, environment = "production", content }) {
  return new Map([[1, issuer], [4, exp], [6, iat], [-65539, environment], [-65542, content]]);
}
