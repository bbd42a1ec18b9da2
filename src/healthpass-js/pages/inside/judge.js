/** Which step of VER-1 decides, for keys that are good for learning alone. */

import { equal } from "../../lib/bytes.js";
import { readCredential, readPresentation } from "../../lib/envelope.js";
import { bestEngine, fromHex, kidOf, verify } from "../../lib/index.js";
import { readCode, writeText } from "../../lib/text.js";
import { example, now, rowOf } from "../common/say.js";

const AFTER = 3600; // s after the start of the example
export const EXAMPLE_STARTS = 1_793_491_200;

/** A registry of one key, without the question of SIG-2: the key of the example is published. */
function registryOf(issuer, publicKey) {
  const edge = {
    publicKey, issuer, revoked: false, staleAt: Infinity, forCredentials: true, from: 0, until: Infinity, retired: Infinity, floor: 0,
    withdraws: () => false, vouches: () => undefined,
  };
  return { engine: bestEngine(), find: (kid) => ({ edges: equal(kid, kidOf(publicKey)) ? [edge] : [], otherwise: "unknown-key" }) };
}

export const EXAMPLE = { registry: registryOf("CN-33-01.WJW", fromHex(example.key)), at: () => EXAMPLE_STARTS + AFTER, word: "inside.key.example" };
export const keyOfMoment = (issuer, publicKey) => ({ registry: registryOf(issuer, publicKey), at: now, word: "inside.key.made" });

/** The kid of a text, if it has one. */
function kid(text) {
  try {
    const { prefix, bytes } = readCode(text);
    return (prefix === "HP1:" ? readCredential(bytes) : readPresentation(bytes).credential).kid;
  } catch {
    return undefined;
  }
}

/** @returns {Promise<{verdict: string, step: number, at: number, waived: readonly string[], word: string}>} step 15 where all have passed */
export async function judge(text, known) {
  const mine = kid(text);
  const isKnown = known && (!mine || known.registry.find(mine).edges.length > 0);
  const at = (known ?? EXAMPLE).at();
  const options = { registry: (known ?? EXAMPLE).registry, at, waive: ["status-unknown"] };
  const { verdict, waived } = await verify(text, options);
  const step = verdict === "valid" ? 15 : await stepOf(text, verdict, options);
  return { verdict, step, at, waived, word: isKnown ? known.word : "inside.key.none" };
}

/** Two verdicts have two steps: of the credential, and of the presentation if the credential passes by itself. */
async function stepOf(text, verdict, options) {
  const step = Number(rowOf("verdicts", "verdict", verdict)["step"]);
  if (!text.startsWith("HPP1:") || (verdict !== "bad-signature" && verdict !== "malformed-payload")) return step;
  const { bytes } = readPresentation(readCode(text).bytes).credential;
  const alone = await verify(writeText("HP1:", bytes), { ...options, waive: [...options.waive, "presentation-required"] });
  return alone.valid ? 14 : step;
}
