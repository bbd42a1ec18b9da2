/**
 * Who computes the equation of SIG-5: the platform where it can, or the library. `verifySignature` makes the checks around
 * it, which are the same for all. A platform's engine is used only if it answers the questions below as SIG-5 does.
 */

import { isPublicKey, mayVerify } from "./ed25519.js";
import { concat, hex, toHex } from "./bytes.js";
import { once } from "./once.js";

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {(key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>} verify SIG-5.4
 * @property {() => Promise<unknown>} [ready] loads what it needs: fails where that cannot be had
 */

const library = () => import("./noble.js"); // half of the module's bytes, for platforms whose own engine is missing or wrong

/** The library's engine: works everywhere. @type {Engine} */
export const nobleEngine = {
  name: "noble",
  ready: library,
  verify: async (key, message, signature) => (await library()).equationHolds(key, message, signature),
};

/** Engines of mini-programs may have no globalThis. @type {any} */
const platform = typeof globalThis === "undefined" ? {} : globalThis;
const MOST_KEYS = 1024;

/** Remembers what a platform made of a key. @template K @param {(key: Uint8Array) => K} make @returns {(key: Uint8Array) => K} */
function remembered(make) {
  /** @type {Map<string, K>} */
  const made = new Map();
  return (key) => {
    if (made.size >= MOST_KEYS) made.clear();
    return once(made, toHex(key), () => make(key));
  };
}

/** The engine of node:crypto, or undefined elsewhere. Only `bestEngine()` asks it the questions. @returns {Engine | undefined} */
export function nodeEngine() {
  const crypto = platform.process?.getBuiltinModule?.("node:crypto");
  if (!crypto?.createPublicKey) return undefined;
  const prefix = hex("302a300506032b6570032100"); // SubjectPublicKeyInfo of RFC 8410, before the key
  const keyOf = remembered((key) => crypto.createPublicKey({ key: concat(prefix, key), format: "der", type: "spki" }));
  return { name: "node", verify: (key, message, signature) => crypto.verify(null, message, keyOf(key), signature) };
}

/** The engine of WebCrypto, or undefined where there is none. Only `bestEngine()` asks it the questions. @returns {Engine | undefined} */
export function webEngine() {
  const subtle = platform.crypto?.subtle;
  if (!subtle) return undefined;
  const keyOf = remembered((key) => subtle.importKey("raw", key, "Ed25519", false, ["verify"]));
  return {
    name: "webcrypto",
    verify: async (key, message, signature) => subtle.verify("Ed25519", await keyOf(key), signature, message),
  };
}

const KEY = hex("9e6ba244d886d78be275fd98f09a7656d5d646518e9e2d59d593af20e2b0739b");
const MESSAGE = Uint8Array.of(7);
const COFACTORED = hex( // R has a part of order 8: only the equation with the cofactor holds
  "1dd960b291c53514fece1341fc0dcd8a648b3934c2c533666f737a654ff1e1bfcceb7b536a9e19374fb578daa73b5c63e65154c2dca1ef6fefa6a89c638ee90d",
);
const KEY_1 = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"); // RFC 8032, section 7.1, TEST 1
const GOOD_1 = hex(
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
);

/** Where platforms are known to differ: what SIG-5.4 says of a key, a message and a signature. @type {[Uint8Array, Uint8Array, Uint8Array, boolean][]} */
export const PROBES = [
  [KEY_1, new Uint8Array(), GOOD_1, true],
  [KEY_1, MESSAGE, GOOD_1, false],
  [KEY, MESSAGE, COFACTORED, false],
];

/** Whether an engine answers the probes as SIG-5 does. @param {Engine} engine @returns {Promise<boolean>} */
async function isRight(engine) {
  try {
    for (const [key, message, signature, holds] of PROBES) if ((await engine.verify(key, message, signature)) !== holds) return false;
    return true;
  } catch {
    return false;
  }
}

/** @type {Promise<Engine> | undefined} */
let best;

/** The fastest engine here that is right. @returns {Promise<Engine>} */
export function bestEngine() {
  best ??= (async () => {
    for (const engine of [nodeEngine(), webEngine()]) if (engine && (await isRight(engine))) return engine;
    await library().catch(() => undefined); // while there is a network; later, `ready` asks again and says what is wrong
    return nobleEngine;
  })();
  return best;
}

/**
 * Whether a signature is one that SIG-5 accepts. An engine that fails says nothing of the signature: the library answers.
 * @param {Engine} engine @param {Uint8Array} key @param {Uint8Array} message @param {Uint8Array} signature
 * @returns {Promise<boolean>}
 * @throws {Error} if neither can answer: no verdict
 */
export async function verifySignature(engine, key, message, signature) {
  if (!mayVerify(key, signature)) return false;
  await engine.ready?.();
  try {
    const holds = await engine.verify(key, message, signature);
    if (holds === true || holds === false) return holds;
  } catch {
    // what mayVerify() lets through, no engine has a reason to refuse with an error
  }
  return nobleEngine.verify(key, message, signature);
}

export { isPublicKey };
