/** What verify() answers. */

import { toHex } from "./bytes.js";
import { VERDICTS } from "./tables.js";

/** @typedef {import("./cbor.js").Value} Value */

const OUTCOMES = new Map(VERDICTS.map((row) => [/** @type {string} */ (row.verdict), row.outcome]));

/**
 * A value of evidence or of an extension, in the JSON of the test kit: bytes as `{"hex": ...}`, maps with decimal keys.
 * @param {Value} value @returns {unknown}
 */
export function jsonOfValue(value) {
  if (value instanceof Uint8Array) return { hex: toHex(value) };
  if (Array.isArray(value)) return value.map(jsonOfValue);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(key), jsonOfValue(inner)]));
  return value;
}

/** Claims in the JSON of the test kit. @param {import("./claims.js").Claims} claims @returns {object} */
export function jsonOfClaims({ iss, exp, nbf, cti, cnf, health }) {
  const { binding, evidence, extensions, ...rest } = health;
  return {
    iss,
    exp,
    nbf,
    cti: toHex(cti),
    ...(cnf && { cnf: toHex(cnf) }),
    health: {
      ...rest,
      ...(binding && { binding: toHex(binding) }),
      ...(evidence && { evidence: jsonOfValue(evidence) }),
      ...(extensions && { extensions: jsonOfValue(extensions) }),
    },
  };
}

/** One verdict, and with `valid` what the code says. Frozen. */
export class Judgement {
  /**
   * @param {object} parts
   * @param {string} parts.verdict
   * @param {import("./claims.js").Claims} [parts.claims]
   * @param {import("./showing.js").Showing} [parts.showing]
   * @param {string[]} [parts.waived] verdicts that would otherwise have been given, which are told in ascending order
   * @param {import("./edges.js").Path} [parts.path] of a signed registry (PTH-13)
   * @param {{issued: number}} [parts.status] the list that answered *good* (STL-13)
   */
  constructor({ verdict, claims, showing, waived = [], path, status }) {
    this.verdict = verdict;
    /** `valid`, `not valid` or `cannot judge` (VER-10). @type {string} */
    this.outcome = OUTCOMES.get(verdict) ?? "not valid";
    this.claims = claims;
    this.showing = showing;
    this.waived = Object.freeze([...waived].sort());
    this.path = path;
    this.status = status;
    Object.freeze(this);
  }

  /** @returns {boolean} */
  get valid() {
    return this.verdict === "valid";
  }

  /** The JSON of the test kit, and `names` with the path. @returns {object} */
  toJSON() {
    const { verdict, outcome, claims, showing, waived, path, status } = this;
    if (!claims) return { verdict, outcome };
    return {
      verdict,
      outcome,
      claims: jsonOfClaims(claims),
      waived,
      ...(showing && {
        showing: {
          at: showing.at,
          ...(showing.nonce && { nonce: toHex(showing.nonce) }),
          ...(showing.opening && { opening: toHex(showing.opening) }),
        },
      }),
      ...(path && { path: { anchor: path.anchor, authority: path.authority, issuer: path.issuer }, names: path.names }),
      ...(status && { status }),
    };
  }
}
