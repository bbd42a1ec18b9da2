/** The algorithm of VER-1, step by step. */

import { CallError, need, Refusal } from "./errors.js";
import { compare, equal, toHex } from "./bytes.js";
import { decodePayload, readClaims } from "./claims.js";
import { judgeEdge } from "./edges.js";
import { verifySignature } from "./engines.js";
import { readCredential, readPresentation } from "./envelope.js";
import { Judgement } from "./judgement.js";
import { called, calledAt } from "./numbers.js";
import { isEnvironment } from "./registry/maps.js";
import { judgeShowing } from "./showing.js";
import { VERDICTS } from "./tables.js";
import { readCode } from "./text.js";

/** @typedef {import("./edges.js").Edge} Edge */
/** @typedef {import("./edges.js").Result} Result */

/**
 * What gives the edges of a kid: a pinned registry, or a trust store.
 * @typedef {object} Registry
 * @property {import("./engines.js").Engine | Promise<import("./engines.js").Engine>} engine
 * @property {(kid: Uint8Array, call: import("./edges.js").Call) => {edges: Edge[], otherwise: string}} find
 */

/**
 * @typedef {object} Options
 * @property {Registry} registry which keys are trusted, for what
 * @property {number} at the time of judging, seconds since 1970
 * @property {number} [skew] allowed difference of clocks, 0 to 300 s, 60 by default
 * @property {Iterable<string>} [waive] verdicts that the caller waives (VER-8)
 * @property {Uint8Array} [nonce] that the gate asked for
 * @property {import("./memory.js").Memory} [memory] of the gate
 * @property {number} [grace] 0 to 604,800 s for lists that have expired, 0 by default (STL-12)
 * @property {string} [environment] `production` by default
 */

const MOST_KEYS = 4; // VER-3.1
const RANK = new Map(VERDICTS.map(({ verdict }, i) => [/** @type {string} */ (verdict), i]));
const WAIVABLE = new Set(VERDICTS.filter((row) => row.waivable).map((row) => /** @type {string} */ (row.verdict)));

/** @param {Options} options @returns {import("./edges.js").Call} */
function readCall({ at, skew = 60, waive = [], nonce, grace = 0, environment = "production" }) {
  const waived = new Set(waive);
  for (const verdict of waived) if (!WAIVABLE.has(verdict)) throw new CallError(`cannot be waived: ${verdict}`); // VER-8.1
  if (nonce !== undefined && (!(nonce instanceof Uint8Array) || nonce.length < 8 || nonce.length > 64)) {
    throw new CallError("a nonce has 8 to 64 bytes"); // PRS-4
  }
  if (!isEnvironment(environment)) throw new CallError(`not an environment: ${String(environment)}`); // DOC-10
  return {
    at: calledAt("at", at),
    skew: called("skew", skew, 300), // VER-12
    grace: called("grace", grace, 604_800), // STL-12
    environment,
    waive: waived,
    ...(nonce && { nonce }),
  };
}

/**
 * Judges a text.
 * @param {string} text as it was scanned
 * @param {Options} options
 * @returns {Promise<Judgement>} with one verdict; claims only where it is `valid` (VER-9)
 * @throws {CallError} for a call as nobody may call it
 */
export async function verify(text, options) {
  const call = readCall(options);
  if (typeof text !== "string") throw new CallError("a code is a text");
  try {
    return await judge(text, options, call);
  } catch (error) {
    if (error instanceof Refusal) return new Judgement({ verdict: error.word });
    throw error;
  }
}

/** @param {string} text @param {Options} options @param {import("./edges.js").Call} call @returns {Promise<Judgement>} */
async function judge(text, { registry, memory }, call) {
  // (1)
  const { prefix, bytes } = readCode(text);
  // (2)
  const presentation = prefix === "HPP1:" ? readPresentation(bytes) : undefined;
  const credential = presentation?.credential ?? readCredential(bytes);
  // (3)
  const { edges, otherwise } = registry.find(credential.kid, call);
  need(edges.length > 0, otherwise);
  // (4)
  const engine = await registry.engine;
  const key = await signer(engine, edges, credential);
  const mine = edges.filter((edge) => equal(edge.publicKey, key));
  // (5)
  const payload = decodePayload(credential.payload);
  // (6)
  const claims = readClaims(payload);
  // (7) to (13)
  const passed = judgeEdges(mine, claims, call);
  // (14)
  const waived = [...passed.waived];
  const showing = presentation && (await judgeShowing(engine, presentation, claims, call, memory));
  if (!presentation && claims.cnf) { // VER-7
    need(call.waive.has("presentation-required"), "presentation-required");
    waived.push("presentation-required");
  }
  const { path } = passed.edge;
  return new Judgement({
    verdict: "valid",
    claims,
    waived,
    ...(showing && { showing }),
    ...(path && { path }),
    ...(passed.issued !== undefined && { status: { issued: passed.issued } }),
  });
}

/** The key that signed (VER-3, PTH-6). @param {import("./engines.js").Engine} engine @param {Edge[]} edges @param {import("./envelope.js").Credential} credential @returns {Promise<Uint8Array>} */
async function signer(engine, edges, credential) {
  const keys = new Map(edges.map((edge) => [toHex(edge.publicKey), edge.publicKey]));
  for (const key of [...keys.values()].sort(compare).slice(0, MOST_KEYS)) {
    if (await verifySignature(engine, key, credential.signed, credential.signature)) return key;
  }
  throw new Refusal("bad-signature");
}

/** The edge on which a code passes, and the endings on all (PTH-12). @param {Edge[]} edges @param {import("./claims.js").Claims} claims @param {import("./edges.js").Call} call @returns {Result} */
function judgeEdges(edges, claims, call) {
  const results = edges.map((edge) => judgeEdge(edge, claims, call));
  const passed = results.filter((result) => result.verdict === undefined);
  if (passed.length === 0) {
    const rank = (/** @type {Result} */ { step, verdict }) => 100 * step + (RANK.get(verdict ?? "") ?? 0);
    const furthest = results.reduce((best, result) => (rank(result) > rank(best) ? result : best)); // PTH-12.3, PTH-12.4
    throw new Refusal(furthest.verdict ?? "unknown-key");
  }
  const same = edges.filter((edge) => edge.issuer === claims.iss); // PTH-12.1
  need(!same.some((edge) => edge.revoked), "key-revoked");
  const status = claims.health.status;
  need(!status || !same.some((edge) => edge.withdraws(...status, call.at)), "revoked");
  return passed.reduce((best, result) => (result.waived.length < best.waived.length ? result : best)); // PTH-12.2
}
