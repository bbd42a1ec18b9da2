/** The answers to the requests of the test kit, in Node and in a page. */

import { colorBy } from "./coloring.mjs";
import { convert, decideBy } from "./decision.mjs";
import { derive, enrol, issue } from "./issue.mjs";
import { findings } from "./findings.mjs";
import { bindingOf } from "../lib/binding.js";
import { isPublicKey } from "../lib/ed25519.js";
import { isTrustworthy } from "../lib/keys.js";
import { Refusal } from "../lib/errors.js";
import { readRequest } from "../lib/registry/request.js";
import {
  CallError, fromHex, HolderKey, kidOf, matchesBinding, Memory, MemoryStorage, PinnedRegistry, readChallenge, toHex, TrustStore, verify,
} from "../lib/index.js";

const REFUSED = { verdict: "refused" };

/** Bytes of the kit's hexadecimal. */
function bytes(text) {
  const read = typeof text === "string" ? fromHex(text) : undefined;
  if (!read) throw new CallError("not hexadecimal");
  return read;
}

/** What the caller says in a case or a step. */
function call({ at, skew, waive, nonce, grace, environment }) {
  const given = { at, skew, waive, nonce: nonce === undefined ? undefined : bytes(nonce), grace, environment };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The answer, or `refused` where the call is one that nobody may make. */
async function orRefused(act) {
  try {
    return await act();
  } catch {
    return REFUSED;
  }
}

/** The operations of the kit, with this engine, and with storages for the stores of worlds. */
const operations = (engine, makeStorage) => ({
  async verify({ text, keys, scope, seen, ...rest }) {
    const registry = new PinnedRegistry(
      keys.map(({ issuer, public_key }) => ({ issuer, publicKey: bytes(public_key) })),
      { scope, engine },
    );
    const memory = seen && new Memory();
    for (const before of seen ?? []) await verify(before.text, { registry, memory, ...call({ ...rest, at: before.at }) });
    return (await verify(text, { registry, memory, ...call(rest) })).toJSON();
  },

  issue: ({ seed, claims }) => orRefused(() => ({ text: issue(bytes(seed), claims) })),
  decide: (members) => decideBy(members),
  convert: (members) => convert(members),
  color: (members) => colorBy(members),
  findings: ({ claims, at }) => ({ findings: findings(claims, at) }),
  derive: ({ secret, ref, lifetime, jitter }) => orRefused(() => derive(bytes(secret), ref, lifetime, jitter)),
  enrol: ({ proof, challenge }) => orRefused(async () => ({ public_key: await enrol(engine, proof, challenge) })),
  challenge: ({ text }) => orRefused(() => ({ nonce: toHex(readChallenge(text)) })),

  present: ({ seed, credential, at, nonce, opening }) =>
    orRefused(async () => ({
      text: await (await HolderKey.fromSeed(bytes(seed))).present(credential, {
        at,
        ...(nonce !== undefined && { nonce: bytes(nonce) }),
        ...(opening !== undefined && { opening: bytes(opening) }),
      }),
    })),

  prove: ({ seed, challenge, issuer }) => orRefused(async () => ({ text: await (await HolderKey.fromSeed(bytes(seed))).prove(challenge, issuer) })),

  bind: ({ type, number, r, binding }) =>
    orRefused(() =>
      binding === undefined
        ? { binding: toHex(bindingOf(type, number, bytes(r))) }
        : { matches: matchesBinding(bytes(binding), type, number, bytes(r)) },
    ),

  key({ public_key, use }) {
    const key = bytes(public_key);
    const accepted = use === "device" ? isPublicKey(key) : isTrustworthy(key);
    return accepted ? { accepted, kid: toHex(kidOf(key)) } : { accepted };
  },

  async world({ environment, steps }) {
    const storage = makeStorage();
    let store = await TrustStore.open({ environment, storage, engine });
    const results = [];
    for (const step of steps) {
      if (step.do === "restart") {
        store = await TrustStore.open({ environment, storage, engine });
        results.push("done");
      } else results.push(await orCall(() => acts[step.do](store, step)));
    }
    return { results };
  },

  async request({ document, authority, environment, at }) {
    try {
      const { issuer, publicKey, use } = await readRequest(bytes(document), { authority, environment, at, engine });
      return { accepted: true, issuer, public_key: toHex(publicKey), use };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { outcome: error.word };
    }
  },
});

/** The steps of a world. */
const acts = {
  async pin(store, { authority, version, hash }) {
    await store.pin(authority, version, bytes(hash));
    return "done";
  },

  policy(store, { at, office }) {
    const { policy, maps } = store.inForce(office, at);
    return {
      policy: policy ? { iat: policy.iat } : null,
      maps: maps.map(({ map: { issuer, iat }, authority }) => ({ issuer, iat, authority })),
    };
  },

  update: (store, { at, bundle, bundles }) => store.update((bundles ?? [bundle]).map(bytes), at),

  async verify(store, { text, names, ...rest }) {
    const { claims: _, names: told, outcome: __, ...answer } = (await verify(text, { registry: store, ...call(rest) })).toJSON();
    return { ...answer, ...(names && told && { names: told }) };
  },
};

/** The answer, or `{"error": "call"}`. */
async function orCall(act) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return { error: "call" };
  }
}

/** What answers a request: `makeStorage` gives the empty storage of each world. */
export function answering(engine, makeStorage = () => new MemoryStorage()) {
  const answers = operations(engine, makeStorage);
  return async ({ id, op, ...members }) => {
    try {
      return { id, ...(await orCall(() => answers[op](members))) };
    } catch (error) {
      return { id, crash: String(error?.stack ?? error) };
    }
  };
}
