/** Policies and risk maps in a store (POL-6, POL-7). The kit's worlds are run by `npm run kit`. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { concat } from "../lib/bytes.js";
import { encode } from "../lib/cbor.js";
import { sha256 } from "../lib/digest.js";
import { holdPolicyLimits } from "../lib/store/policies.js";
import { CallError, decide, MemoryStorage, TrustStore, verify } from "../lib/index.js";
import { credential, DAY, document, entry, issuer, NOW, office, pair, payload, registryContent, rootContent } from "./make.mjs";

const rootKey = pair("root of Zhejiang");
const registryKey = pair("registry of Zhejiang");
const signer = pair("office of Zhejiang");
const policyKey = pair("policies of Zhejiang");
const OFFICE = "CN-33-01.WJW";
const NAMES = new Map([[1, "名"], [2, "Name"]]);

const rootPayload = payload({ content: rootContent([rootKey], [registryKey]), exp: NOW + 300 * DAY });
const root = document("root", rootPayload, [rootKey]);

/** A store of Zhejiang with these issuers in its registry. */
async function opened(issuers, storage = new MemoryStorage()) {
  const store = await TrustStore.open({ storage });
  await store.pin("CN-33", 1, sha256(rootPayload));
  await store.update(concat(root, document("registry", payload({ content: registryContent(issuers) }), [registryKey])), NOW);
  return store;
}

const rules = [new Map([[1, "level"], [2, new Map([[6, new Map([[2, 2]])]])], [3, 0]])];
const policyOf = (key, more = {}) => {
  const content = new Map([[1, NAMES], [2, 480], [5, rules], [6, [more.issuer ?? OFFICE]]]);
  return document("policy", encode(office({ content, ...more })), [key]);
};
const mapOf = (key, more = {}) => document("risk-map", encode(office({ content: new Map([[1, NAMES], [2, 480], [3, 1]]), ...more })), [key]);
const outcomes = (entries) => entries.map(({ outcome }) => outcome);

describe("policies and maps in a store", () => {
  const issuers = [issuer(OFFICE, [entry(signer), entry(policyKey, { use: 3, scope: undefined })])];

  test("decide what a code means, after the store was read again", async () => {
    const storage = new MemoryStorage();
    await (await opened(issuers, storage)).update(concat(policyOf(policyKey), mapOf(policyKey)), NOW);
    const store = await TrustStore.open({ storage });
    const judgement = await verify(credential(signer, { health: { 8: "CN-33-02" } }), { registry: store, at: NOW });
    const inForce = store.inForce(OFFICE, NOW);
    assert.deepEqual(inForce.maps.map(({ map, authority }) => [map.issuer, authority]), [[OFFICE, "CN-33"]]);
    assert.equal(decide(inForce, { at: NOW, judgement }).action, "admit");
    assert.deepEqual(decide({ ...inForce, maps: [] }, { at: NOW, judgement }).asks, ["residence"]);
    assert.equal(store.inForce("CN-33-02.WJW", NOW).policy, undefined);
    assert.throws(() => store.inForce("nobody", NOW), CallError);
  });

  test("two of one time are kept as evidence", async () => {
    const store = await opened(issuers);
    const other = policyOf(policyKey, { exp: NOW + DAY });
    assert.deepEqual(outcomes(await store.update(concat(policyOf(policyKey), other, policyOf(policyKey)), NOW)), ["applied", "equivocation", "unchanged"]);
    assert.equal(store.evidence("CN-33", "CN-33").length, 2);
  });

  test("an office that floods a store loses its own alone", async () => {
    const keysOf = (id) => Array.from({ length: 64 }, (_, i) => pair(`${id} ${i}`));
    const [large, small] = ["CN-33-01.LARGE", "CN-33-02.SMALL"];
    const entries = (id) => keysOf(id).map((key) => entry(key, { use: 3, scope: undefined }));
    const store = await opened([issuer(OFFICE, [entry(policyKey, { use: 3, scope: undefined })]), issuer(large, entries(large)), issuer(small, entries(small))]);
    const all = (id, n, make) => keysOf(id).slice(0, n).map((key, i) => make(key, { issuer: id, iat: NOW - 7200 + i }));
    const flood = concat(
      policyOf(policyKey), mapOf(policyKey),
      ...all(large, 64, policyOf), ...all(large, 64, mapOf), ...all(small, 64, policyOf), ...all(small, 63, mapOf),
    );
    const told = await store.update(flood, NOW);
    assert.equal(told.length, 257);
    assert.ok(told.every(({ outcome }) => outcome === "applied"));
    const again = await store.update(flood, NOW);
    const lost = again.filter(({ outcome }) => outcome !== "unchanged");
    assert.deepEqual(lost.map(({ document: index, outcome }) => [index, outcome]), [[2, "applied"]]); // the oldest of large
    assert.equal(store.inForce(OFFICE, NOW).maps.length, 1);
  });

  test("of offices that have as much, and of documents of one time, it is told which is lost", () => {
    const usable = { entry: () => ({ use: 3 }) }; // of a registry that lists every key
    const held = (office, kind, key, iat) => [`${kind} ${office} ${key}`, { office, kind, key, iat, document: { bytes: new Uint8Array(9) } }];
    const many = (office, n, iatOf) => Array.from({ length: n }, (_, i) => held(office, i % 2 ? "policy" : "risk-map", `key-${900 - i}`, iatOf(i)));
    const lost = (...all) => {
      const ofOffices = new Map(all.flat());
      holdPolicyLimits({ ofOffices, usable });
      return [...ofOffices].filter(([, { document: kept }]) => !kept).map(([name]) => name);
    };
    const [a, b, c] = [many("A", 86, (i) => NOW + i), many("B", 86, (i) => NOW - i), many("C", 85, () => NOW)];
    assert.deepEqual(lost(c, b, a), ["risk-map A key-900"]); // the oldest of the least id
    assert.deepEqual(lost(many("B", 128, () => NOW), many("C", 129, () => NOW)), ["policy C key-773"]); // of one time, a policy of the least key
  });

  test("a policy that a bundle brings before its registry is taken, and one signature is enough", async () => {
    const store = await TrustStore.open({});
    await store.pin("CN-33", 1, sha256(rootPayload));
    const registry = document("registry", payload({ content: registryContent(issuers) }), [registryKey]);
    assert.deepEqual(outcomes(await store.update(concat(policyOf(policyKey), root, registry), NOW)), ["applied", "applied", "applied"]);
    const two = document("policy", encode(office({ content: new Map() })), [policyKey, signer]);
    assert.deepEqual(outcomes(await store.update(two, NOW)), ["malformed-envelope"]);
  });
});
