import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { concat, toHex } from "../lib/bytes.js";
import { sha256 } from "../lib/digest.js";
import { MemoryStorage, StoreError, TrustStore, verify, CallError } from "../lib/index.js";
import { FileStorage } from "../lib/store/files.js";
import { credential, DAY, document, entry, issuer, list, NOW, pair, payload, recognition, registryContent, rootContent } from "./make.mjs";

const rootKey = pair("root of Zhejiang");
const registryKey = pair("registry of Zhejiang");
const office = pair("office of Zhejiang");
const statusKey = pair("status of Zhejiang");
const BASE = "https://status.example/hz";

const rootPayload = payload({ content: rootContent([rootKey], [registryKey]), exp: NOW + 300 * DAY });
const root = document("root", rootPayload, [rootKey]);
const rootHash = sha256(rootPayload);
const issuers = [issuer("CN-33-01.WJW", [entry(office), entry(statusKey, { use: 2 })], BASE)];
const registryOf = (more = {}) => document("registry", payload({ content: registryContent(issuers), ...more }), [registryKey]);

/** A store of Zhejiang that has its root and registry. */
async function opened(storage = new MemoryStorage(), ...more) {
  const store = await TrustStore.open({ storage });
  await store.pin("CN-33", 1, rootHash);
  const entries = await store.update(concat(root, registryOf(), ...more), NOW);
  assert.ok(entries.every(({ outcome }) => outcome === "applied"), JSON.stringify(entries));
  return store;
}

const verdictOf = async (store, text, more = {}) => (await verify(text, { registry: store, at: NOW, ...more })).verdict;

describe("a trust store", () => {
  test("judges by its registry, and tells the path with its names", async () => {
    const store = await opened();
    const { path, verdict } = await verify(credential(office), { registry: store, at: NOW });
    assert.deepEqual([verdict, path.anchor, path.authority, path.issuer, path.names.issuer.en], ["valid", "CN-33", "CN-33", "CN-33-01.WJW", "Name"]);
    assert.equal(await verdictOf(store, credential(pair("nobody"))), "unknown-key");
    assert.deepEqual(store.freshness("CN-33"), { expires: NOW + 19 * DAY, issued: NOW - DAY });
  });

  test("withdraws a code by a list, and remembers its date", async () => {
    const good = list(statusKey, { sub: `${BASE}/3` });
    const store = await opened(new MemoryStorage(), good);
    const text = credential(office, { health: { 7: [3, 70_000] } });
    const judgement = await verify(text, { registry: store, at: NOW });
    assert.deepEqual([judgement.verdict, judgement.status], ["valid", { issued: NOW - 3600 }]);
    const later = list(statusKey, { sub: `${BASE}/3`, iat: NOW, values: { 70_000: 1 } });
    assert.equal((await store.update(later, NOW))[0].outcome, "applied");
    assert.equal(await verdictOf(store, text), "revoked");
    assert.equal((await store.update(good, NOW))[0].outcome, "rollback");
  });

  test("keeps both documents of an equivocation (UPD-9)", async () => {
    const store = await opened();
    const rival = registryOf({ exp: NOW + 10 * DAY });
    assert.equal((await store.update(rival, NOW))[0].outcome, "equivocation");
    await store.update(rival, NOW);
    assert.deepEqual(store.evidence("CN-33", "CN-33").map(toHex), [registryOf(), rival].map(toHex));
  });

  test("forgets all of an anchor that is unpinned", async () => {
    const storage = new MemoryStorage();
    const store = await opened(storage);
    await store.unpin("CN-33");
    assert.equal(await verdictOf(store, credential(office)), "unknown-key");
    assert.deepEqual([...(await storage.all()).keys()], ["pins"]);
  });

  test("takes one change after the other", async () => {
    const store = await opened();
    const versions = [2, 3, 4].map((version) => registryOf({ version, iat: NOW - 100 + version }));
    const results = await Promise.all(versions.map((bytes) => store.update(bytes, NOW)));
    assert.deepEqual(results.map(([entry]) => entry.outcome), ["applied", "applied", "applied"]);
  });

  test("pins and environments of a wrong form are errors of the call", async () => {
    const store = await opened();
    for (const pin of [["cn-33", 1, rootHash], ["CN-33", 0, rootHash], ["CN-33", 1, new Uint8Array(31)]]) await assert.rejects(store.pin(...pin), CallError);
    await assert.rejects(TrustStore.open({ environment: "Production" }), CallError);
    await assert.rejects(store.update(root, -1), CallError);
  });

  test("64 links after the pin, and no more (UPD-5.6)", async () => {
    const store = await TrustStore.open();
    await store.pin("CN-33", 1, rootHash);
    const links = Array.from({ length: 66 }, (_, i) => document("root", payload({ version: i + 2, content: rootContent([rootKey], [registryKey]), exp: NOW + 300 * DAY }), [rootKey]));
    const outcomes = (await store.update(concat(root, ...links.reverse()), NOW)).map((entry) => entry.outcome);
    assert.equal(outcomes.filter((outcome) => outcome === "applied").length, 65);
    assert.equal(outcomes.filter((outcome) => outcome === "too-many").length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === "root-gap").length, 1);
  });

  test("512 states that are recognised no more, and no more (UPD-12.3)", async () => {
    const theirs = Array.from({ length: 514 }, (_, i) => {
      const id = `US-${String(i).padStart(3, "0")}`;
      const [other, others] = [pair(`root of ${id}`), pair(`registry of ${id}`)];
      const content = rootContent([other], [others]);
      const itsRoot = payload({ iss: id, content, exp: NOW + 300 * DAY });
      const its = payload({ iss: id, content: registryContent([issuer(id, [entry(pair(id))])]), iat: NOW - DAY + i });
      return { id, hash: sha256(itsRoot), documents: [document("root", itsRoot, [other]), document("registry", its, [others])] };
    });
    const store = await opened();
    for (let version = 2; version < 6; version++) {
      const some = theirs.slice(256 * (version - 2), 256 * (version - 1));
      const recognitions = some.map(({ id, hash }) => recognition(id, hash));
      const registry = registryOf({ version, iat: NOW - 50 + version, content: registryContent(issuers, recognitions) });
      await store.update(concat(registry, ...some.flatMap(({ documents }) => documents)), NOW);
    }
    const known = await Promise.all(theirs.map(({ id }) => verdictOf(store, credential(pair(id), { iss: id }))));
    assert.deepEqual(known.map((verdict) => verdict === "not-recognised"), theirs.map((_, i) => i >= 2));
  });
});

describe("a storage", () => {
  test("of files gives a store back as it was", async () => {
    const folder = await mkdtemp(join(tmpdir(), "healthpass-"));
    try {
      await opened(new FileStorage(folder), list(statusKey, { sub: `${BASE}/3` }));
      const again = await TrustStore.open({ storage: new FileStorage(folder) });
      assert.equal(await verdictOf(again, credential(office, { health: { 7: [3, 5] } })), "valid");
      assert.deepEqual((await again.update(concat(root, registryOf()), NOW)).map(({ outcome }) => outcome), ["unchanged", "unchanged"]);
      assert.deepEqual((await readdir(folder)).sort(), ["CN-33~CN-33.healthpass", "pins.healthpass"]);
      await assert.rejects(TrustStore.open({ storage: new FileStorage(folder), environment: "test" }), StoreError);
      await writeFile(join(folder, "CN-33~CN-33.healthpass"), "broken");
      await assert.rejects(TrustStore.open({ storage: new FileStorage(folder) }), StoreError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("that cannot write leaves the store as it was", async () => {
    const folder = await mkdtemp(join(tmpdir(), "healthpass-"));
    const store = await opened(new FileStorage(folder));
    await rm(folder, { recursive: true });
    await writeFile(folder, "a file in the folder's place");
    try {
      const withdrawn = list(statusKey, { sub: `${BASE}/3`, values: { 5: 1 } });
      const text = credential(office, { health: { 7: [3, 5] } });
      await assert.rejects(store.update(withdrawn, NOW), StoreError);
      assert.equal(await verdictOf(store, text), "status-unknown");
    } finally {
      await rm(folder);
    }
  });
});
