/** The key of a holder's device: proves itself to an office, and shows a code (PRS-6, ENR-5). It signs nothing else. */

import { CallError, Refusal } from "./errors.js";
import { equal } from "./bytes.js";
import { decodePayload } from "./claims.js";
import { bestEngine, verifySignature } from "./engines.js";
import { presentationToSign, readCredential } from "./envelope.js";
import { proofToSign, readEnrolment, writeProof } from "./enrolment.js";
import { keyOfCose } from "./keys.js";
import { isTime } from "./numbers.js";
import { isNonce, isOpening, writeShowing } from "./showing.js";
import { PRESENTATION, readCode, writeText } from "./text.js";

export class HolderKey {
  /** @type {(message: Uint8Array) => Promise<Uint8Array>} */
  #sign;

  /** @param {Uint8Array} publicKey @param {(message: Uint8Array) => Promise<Uint8Array>} sign as SIG-7 says */
  constructor(publicKey, sign) {
    this.publicKey = publicKey;
    this.#sign = sign;
  }

  /**
   * A key from 32 random bytes: where the platform has no keys of its own. Whoever has the seed has the key.
   * @param {Uint8Array} seed of a cryptographic random generator (SEC-1)
   * @returns {Promise<HolderKey>}
   */
  static async fromSeed(seed) {
    if (!(seed instanceof Uint8Array) || seed.length !== 32) throw new CallError("a seed has 32 bytes");
    const kept = seed.slice();
    const { publicKeyOf, sign } = await import("./noble.js");
    return new HolderKey(publicKeyOf(kept), async (message) => sign(kept, message));
  }

  /**
   * A pair of WebCrypto, whose private half need not be extractable: keep it in IndexedDB.
   * @param {CryptoKeyPair} pair of `generatePair()`
   * @returns {Promise<HolderKey>}
   */
  static async fromPair(pair) {
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return new HolderKey(publicKey, async (message) => {
      return new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, /** @type {BufferSource} */ (message)));
    });
  }

  /**
   * The proof of this key for an office (ENR-3 to ENR-5). Make a fresh key for each.
   * @param {string} challenge the office's text
   * @param {string} issuer the office from which the holder means to get the code
   * @returns {Promise<string>}
   * @throws {CallError} for another text, and for a challenge of another office
   */
  async prove(challenge, issuer) {
    const asked = readEnrolment(challenge);
    if (asked.issuer !== issuer) throw new CallError(`the challenge is of ${asked.issuer}, and not of ${issuer}`);
    const signature = await this.#signature(proofToSign(asked.nonce, this.publicKey, issuer));
    return writeProof(asked.nonce, this.publicKey, signature);
  }

  /**
   * A code to show now (PRS-6): a new one every 30 seconds.
   * @param {string} text the credential, `HP1:`
   * @param {{at: number, nonce?: Uint8Array, opening?: Uint8Array}} showing `nonce` if the holder scanned a challenge;
   *   `opening` if the holder agreed to show the identity document
   * @returns {Promise<string>} `HPP1:`
   * @throws {CallError} for a text that is no credential of this key, and for values out of their range
   */
  async present(text, { at, nonce, opening }) {
    const credential = readOwn(text);
    if (!equal(credential.cnf, this.publicKey)) throw new CallError("the code is bound to another device key"); // PRS-6.3
    if (!isTime(at)) throw new CallError(`at is ${String(at)}: expected a time in seconds`);
    if (nonce !== undefined && !isNonce(nonce)) throw new CallError("a nonce has 8 to 64 bytes");
    if (opening !== undefined && !isOpening(opening)) throw new CallError("an opening has 16 bytes");
    const payload = writeShowing({ at, ...(nonce && { nonce }), ...(opening && { opening }) });
    if (payload.length < 7) throw new CallError("at is too small for any form (PRS-2.3)");
    const { signed, finish } = presentationToSign(credential.bytes, payload);
    return writeText(PRESENTATION, finish(await this.#signature(signed)));
  }

  /** A signature that verifies (SEC-2.3). @param {Uint8Array} message @returns {Promise<Uint8Array>} */
  async #signature(message) {
    const signature = await this.#sign(message);
    if (!(await verifySignature(await bestEngine(), this.publicKey, message, signature))) throw new Error("the device key signed wrongly");
    return signature;
  }
}

/** The credential of a text, and the device key that it names. @param {string} text @returns {{bytes: Uint8Array, cnf: Uint8Array}} */
function readOwn(text) {
  try {
    const { prefix, bytes } = readCode(text);
    if (prefix !== "HP1:") throw new CallError("not a credential: expected HP1:");
    const credential = readCredential(bytes);
    const claims = decodePayload(credential.payload);
    const outer = claims instanceof Map ? claims.get(8) : undefined;
    const cnf = outer instanceof Map && outer.size === 1 ? keyOfCose(outer.get(1)) : undefined;
    if (cnf === undefined) throw new CallError("the code has no device key");
    return { bytes: credential.bytes, cnf };
  } catch (error) {
    if (error instanceof Refusal) throw new CallError(`not a credential: ${error.word}`);
    throw error;
  }
}

/**
 * A new pair of WebCrypto, not extractable; undefined where the platform has none, or signs with random numbers (SIG-7).
 * @returns {Promise<CryptoKeyPair | undefined>}
 */
export async function generatePair() {
  try {
    const make = async () => /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]));
    const trial = await make(); // a key of the moment: the real one signs nothing else (PRS-6.4)
    const [one, two] = await Promise.all([0, 1].map(() => crypto.subtle.sign("Ed25519", trial.privateKey, new Uint8Array(32))));
    if (!one || !two || !equal(new Uint8Array(one), new Uint8Array(two))) return undefined;
    return await make();
  } catch {
    return undefined;
  }
}
