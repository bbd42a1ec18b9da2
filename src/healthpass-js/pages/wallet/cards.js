/** The cards of a wallet: a device key, and the code that is bound to it. Keys are kept as the platform gives them. */

import { equal } from "../../lib/bytes.js";
import { decodePayload, readClaims } from "../../lib/claims.js";
import { readEnrolment } from "../../lib/enrolment.js";
import { readCredential } from "../../lib/envelope.js";
import { Refusal } from "../../lib/errors.js";
import { generatePair, HolderKey } from "../../lib/index.js";
import { CREDENTIAL, readCode } from "../../lib/text.js";
import { now, say } from "../common/say.js";

/** What a code says: to whoever carries it, and unverified. @returns undefined for what is no code */
export function readOwn(text) {
  try {
    const { prefix, bytes } = readCode(text);
    return prefix === CREDENTIAL ? readClaims(decodePayload(readCredential(bytes).payload)) : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

export class Cards {
  /** @type {Map<string, any>} by id, the oldest first */
  all = new Map();
  /** how many are kept in another form: they are left alone */
  others = 0;

  constructor(keep) {
    this.keep = keep;
  }

  async open() {
    const names = (await this.keep.keys()).filter((name) => String(name).startsWith("card:"));
    const kept = await Promise.all(names.map((name) => this.keep.get(name)));
    const cards = kept.filter(isCard);
    this.others = kept.length - cards.length;
    cards.sort((a, b) => a.added - b.added);
    this.all = new Map(cards.map((card) => [card.id, card]));
  }

  async save(card) {
    await this.keep.put(`card:${card.id}`, card);
    this.all.set(card.id, card);
    return card;
  }

  async remove(id) {
    await this.keep.remove(`card:${id}`);
    this.all.delete(id);
  }

  /** A key of this phone for an office, and its proof (ENR-3). A fresh one for each. */
  async enrol(challenge) {
    const { issuer } = readEnrolment(challenge);
    const pair = await generatePair();
    const held = pair ? { pair } : { seed: crypto.getRandomValues(new Uint8Array(32)) };
    const key = await keyOf(held);
    const proof = await key.prove(challenge, issuer);
    return this.save({ id: crypto.randomUUID(), added: now(), issuer, publicKey: key.publicKey, proof, ...held });
  }

  /** Keeps a code with the key that it names, or by itself if it names none. @throws {Error} in words, for one of another phone */
  async take(text, claims) {
    if (!claims.cnf) {
      const same = [...this.all.values()].find((card) => card.text === text);
      return same ?? this.save({ id: crypto.randomUUID(), added: now(), issuer: claims.iss, text, label: claims.health.holder ?? say("wallet.me") });
    }
    const card = [...this.all.values()].find((one) => one.publicKey && equal(one.publicKey, claims.cnf));
    if (!card) throw new Error(say("wallet.not-here"));
    const { proof: _, ...rest } = card;
    return this.save({ ...rest, issuer: claims.iss, text, label: card.label ?? claims.health.holder ?? say("wallet.me") });
  }
}

/** Whether this page wrote it, or one that writes the same. @param {any} card */
function isCard(card) {
  const hasKey = card?.pair !== undefined || card?.seed !== undefined;
  return typeof card?.id === "string" && typeof card.issuer === "string" && (card.text === undefined ? hasKey && typeof card.proof === "string" : readOwn(card.text) !== undefined);
}

/** @param {{pair?: CryptoKeyPair, seed?: Uint8Array}} held @returns {Promise<HolderKey>} */
export const keyOf = ({ pair, seed }) => (pair ? HolderKey.fromPair(pair) : HolderKey.fromSeed(/** @type {Uint8Array} */ (seed)));
