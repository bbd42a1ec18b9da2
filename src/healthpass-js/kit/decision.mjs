/** Decisions in the kit's JSON, and what an office's conversion says (decision.md, section 5). */

import { fromHex } from "../lib/bytes.js";
import { decode, encode } from "../lib/cbor.js";
import { readClaims } from "../lib/claims.js";
import { dayOf, startOf } from "../lib/days.js";
import { decide } from "../lib/decision/decide.js";
import { readRiskMap } from "../lib/decision/map.js";
import { readPolicy } from "../lib/decision/policy.js";
import { jsonOfClaims, Judgement } from "../lib/judgement.js";
import { mapOf } from "./issue.mjs";

/** What a case gives, for decide(). */
function read({ policy, maps, code, at, answers, document, place }) {
  const judgement = code && {
    verdict: "valid",
    claims: readClaims(decode(encode(mapOf(code.claims)), 4)),
    waived: code.waived,
    ...(code.shown === "presentation" && { showing: { at } }),
  };
  const inForce = {
    policy: readPolicy(fromHex(policy)),
    maps: maps.map(({ authority, payload }) => ({ authority, map: readRiskMap(fromHex(payload)) })),
  };
  const situation = { at, answers, document, ...(judgement && { judgement: new Judgement(judgement) }), ...(place !== null && { place }) };
  return { inForce, situation };
}

/** The operation `decide`. */
export function decideBy(members) {
  const { inForce, situation } = read(members);
  const { say: _, ...told } = decide(inForce, situation);
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, value ?? null]));
}

/** The operation `convert`: what the new code says, or the rule that refuses it. */
export function convert({ issuer, own, lifetime, ...members }) {
  const { inForce, situation } = read(members);
  const { at, judgement, document } = situation;
  const decision = decide(inForce, situation);
  if (!judgement?.showing || judgement.waived.length > 0) return { refused: "CNV-1.1" };
  const { claims } = judgement;
  if (document !== "matched" || claims.health.binding === undefined) return { refused: "CNV-1.2" };
  if (claims.health.origin !== undefined || own) return { refused: "CNV-1.4" };
  if (decision.action !== "admit") return { refused: "CNV-1.3" };
  const { policy } = inForce;
  const sameDay = policy.rules.find(({ id }) => id === decision.rule)?.when.starts_within_days === 0;
  const nbf = Math.max(at, claims.nbf);
  const midnight = sameDay ? startOf(dayOf(at, policy.zone) + 1, policy.zone) : Infinity;
  const exp = Math.min(nbf + lifetime, claims.exp, midnight);
  if (exp <= nbf) return { refused: "CNV-3" };
  const { binding: _, status: __, extensions: ___, ...health } = jsonOfClaims(claims).health;
  return { nbf, exp, health: { ...health, origin: claims.iss } };
}
