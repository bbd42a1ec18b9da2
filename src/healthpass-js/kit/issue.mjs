/** What only an office does, as far as the kit asks for it: sections 10 and 11 of credential.md, ENR-6. */

import { ascii, concat, equal, fromHex, toHex } from "../lib/bytes.js";
import { decode, encode } from "../lib/cbor.js";
import { readClaims } from "../lib/claims.js";
import { sha256 } from "../lib/digest.js";
import { publicKeyOf, sign } from "../lib/noble.js";
import { verifySignature } from "../lib/engines.js";
import { proofToSign, readEnrolment, readProof } from "../lib/enrolment.js";
import { credentialToSign, readCredential, writeCredential } from "../lib/envelope.js";
import { isPublished, isTrustworthy, kidOf } from "../lib/keys.js";
import { hasPointOf } from "../lib/labels.js";
import { REFUSED_BY_ISSUER } from "../lib/tables.js";
import { CREDENTIAL, writeText } from "../lib/text.js";

const HEALTH = { color: 1, holder: 2, binding: 3, reason: 4, until: 5, evidence: 6, status: 7, residence: 8, origin: 9 };

/** A value of the kit's JSON. */
function valueOf(json) {
  if (Array.isArray(json)) return json.map(valueOf);
  if (json === null || typeof json !== "object") return json;
  if (typeof json.hex === "string") return bytesOf(json.hex);
  return new Map(Object.entries(json).map(([key, value]) => [Number(key), valueOf(value)]));
}

/** The bytes of hexadecimal; anything else is refused later. */
function bytesOf(text) {
  const bytes = typeof text === "string" ? fromHex(text) : undefined;
  if (!bytes) throw new Error("not hexadecimal");
  return bytes;
}

/** The map of the kit's claims. */
export function mapOf({ iss, exp, nbf, cti, cnf, health }) {
  const code = new Map();
  for (const [name, value] of Object.entries(health)) {
    if (name === "extensions") for (const [key, inner] of Object.entries(value)) code.set(Number(key), valueOf(inner));
    else code.set(HEALTH[name], name === "binding" ? bytesOf(value) : valueOf(value));
  }
  const map = new Map(/** @type {[number, any][]} */ ([
    [1, iss],
    [4, exp],
    [5, nbf],
    [7, bytesOf(cti)],
    [-65537, code],
  ]));
  if (cnf !== undefined) map.set(8, new Map([[1, new Map(/** @type {[number, any][]} */ ([[1, 1], [-1, 6], [-2, bytesOf(cnf)]]))]]));
  return map;
}

/** The text of a credential; throws where an issuer has to refuse (ISS-1, ISS-3, ISS-4). */
export function issue(seed, claims) {
  const key = publicKeyOf(seed);
  if (!isTrustworthy(key)) throw new Error("SIG-2");
  const payload = encode(mapOf(claims));
  const read = readClaims(decode(payload, 4));
  if (read.health.holder !== undefined && hasPointOf(read.health.holder, REFUSED_BY_ISSUER)) throw new Error("ISS-3");
  if (read.cnf && (isPublished(read.cnf) || equal(read.cnf, key))) throw new Error("ISS-4");
  const kid = kidOf(key);
  const bytes = writeCredential(kid, payload, sign(seed, credentialToSign(kid, payload)));
  readCredential(bytes);
  return writeText(CREDENTIAL, bytes);
}

/** HMAC-SHA256 (RFC 2104) with a key of 32 bytes. */
function hmac(key, message) {
  const pad = (byte) => Uint8Array.from({ length: 64 }, (_, i) => (key[i] ?? 0) ^ byte);
  return sha256(concat(pad(0x5c), sha256(concat(pad(0x36), message))));
}

/** ISS-9: cti, opening and lifetime of an order of a run. */
export function derive(secret, ref, lifetime, jitter) {
  if (secret.length !== 32) throw new Error("ISS-9.1");
  if (!/^[!-~]{1,200}$/.test(ref)) throw new Error("ISS-9.2");
  if (!Number.isSafeInteger(lifetime) || !Number.isSafeInteger(jitter) || jitter < 0 || jitter >= lifetime) throw new Error("ISS-9.3");
  const make = (what) => hmac(secret, ascii(`healthpass-run-${what}-v1${ref}`));
  const n = BigInt(`0x${toHex(make("jitter").slice(0, 8))}`);
  return {
    cti: toHex(make("cti").slice(0, 12)),
    r: toHex(make("opening").slice(0, 16)),
    lifetime: lifetime - Number(n % BigInt(jitter + 1)),
  };
}

/** The device key of a proof (ENR-6); throws where an office has to refuse. */
export async function enrol(engine, proofText, challengeText) {
  const { nonce, issuer } = readEnrolment(challengeText);
  const proof = readProof(proofText);
  if (!proof || !equal(proof.nonce, nonce)) throw new Error("ENR-6.1");
  if (isPublished(proof.key)) throw new Error("ENR-6.2");
  const isRight = await verifySignature(engine, proof.key, proofToSign(nonce, proof.key, issuer), proof.signature);
  if (!isRight) throw new Error("ENR-6.3");
  return toHex(proof.key);
}
