import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { CallError, fromHex, HolderKey, generatePair, Judgement, matchesBinding, Memory, nobleEngine, PinnedRegistry, readChallenge, verify, webEngine, writeChallenge } from "../lib/index.js";
import { proofToSign, readProof } from "../lib/enrolment.js";
import { verifySignature } from "../lib/engines.js";
import { credential, DAY, NOW, pair } from "./make.mjs";

const issuer = pair("an office");
const registry = new PinnedRegistry([{ issuer: "CN-33-01.WJW", publicKey: issuer.key }]);
const device = await HolderKey.fromSeed(pair("a phone").seed);
const nonce = Uint8Array.from({ length: 16 }, (_, i) => i);

/** The text of a fenced block of a file of the specification. */
const example = (name, prefix) => readFileSync(new URL(`../../../spec/${name}`, import.meta.url), "utf8").match(new RegExp(`^${prefix}:.+$`, "m"))[0];

describe("the examples of the specification", () => {
  const office = [{ issuer: "CN-33-01.WJW", publicKey: pair("healthpass example issuer").key }];

  test("the code of credential.md is valid, and bound to its identity document", async () => {
    const { claims, verdict } = await verify(example("credential.md", "HP1"), {
      registry: new PinnedRegistry(office), at: 1_793_491_200, waive: ["status-unknown"],
    });
    assert.equal(verdict, "valid");
    assert.equal(claims.health.holder, "张*丰");
    assert.deepEqual(claims.health.status, [3, 70_000]);
    const opening = fromHex("101112131415161718191a1b1c1d1e1f");
    assert.equal(matchesBinding(claims.health.binding, "resident-id", "11010519491231002X", opening), true);
    assert.equal(matchesBinding(claims.health.binding, "passport", "CHN-E00000000", opening), false);
    assert.throws(() => matchesBinding(claims.health.binding, "resident-id", "110105194912310021", opening), CallError);
  });

  test("the presentation is what the device makes, and is valid", async () => {
    const text = example("presentation.md", "HPP1");
    const asked = fromHex("0123456789abcdef");
    const call = { registry: new PinnedRegistry(office), at: 1_793_491_230, waive: ["status-unknown"] };
    const judgement = await verify(text, { ...call, nonce: asked });
    assert.deepEqual([judgement.verdict, judgement.showing.at], ["valid", 1_793_491_230]);
    assert.equal((await verify(text, call)).verdict, "presentation-mismatch");
  });

  test("the proof of enrolment is what the device makes", async () => {
    const key = await HolderKey.fromSeed(pair("healthpass example holder").seed);
    assert.equal(await key.prove(example("presentation.md", "HPE1"), "CN-33-01.WJW"), example("presentation.md", "HPK1"));
    await assert.rejects(key.prove(example("presentation.md", "HPE1"), "CN-33-02.WJW"), CallError);
  });
});

describe("verify", () => {
  for (const engine of [nobleEngine, webEngine()]) {
    test(`a code and its showing, with ${engine.name}`, async () => {
      const mine = new PinnedRegistry([{ issuer: "CN-33-01.WJW", publicKey: issuer.key }], { engine });
      assert.equal((await verify(credential(issuer), { registry: mine, at: NOW })).verdict, "valid");
      const shown = await device.present(credential(issuer, { cnf: device.publicKey }), { at: NOW, nonce });
      assert.equal((await verify(shown, { registry: mine, at: NOW, nonce })).verdict, "valid");
    });
  }

  test("a refused code carries no claim", async () => {
    const judgement = await verify(credential(issuer), { registry, at: NOW + 10 * DAY });
    assert.deepEqual(judgement.toJSON(), { verdict: "expired", outcome: "not valid" });
    assert.equal(judgement.claims, undefined);
    assert.ok(judgement instanceof Judgement && Object.isFrozen(judgement));
  });

  test("calls that nobody may make are errors", async () => {
    const text = credential(issuer);
    for (const wrong of [{ skew: 301 }, { skew: -1 }, { skew: 0.5 }, { at: -1 }, { at: NOW + 0.5 }, { waive: ["expired"] }, { nonce: new Uint8Array(7) }, { grace: 604_801 }, { environment: "Test" }]) {
      await assert.rejects(verify(text, { registry, at: NOW, ...wrong }), CallError, JSON.stringify(wrong));
    }
    await assert.rejects(verify(undefined, { registry, at: NOW }), CallError);
    assert.throws(() => new PinnedRegistry([{ issuer: "CN-33", publicKey: new Uint8Array(32) }]), CallError);
    assert.throws(() => new PinnedRegistry([{ issuer: "CN-33", publicKey: issuer.key }, { issuer: "CN-31", publicKey: issuer.key }]), CallError);
    for (const scope of [{ max_lifetime: -1 }, { colors: Array(17).fill(0) }, { colours: [0] }]) assert.throws(() => new PinnedRegistry([], { scope }), CallError);
  });

  test("a bare code with a device key is a screenshot, unless that is waived", async () => {
    const text = credential(issuer, { cnf: device.publicKey });
    assert.equal((await verify(text, { registry, at: NOW })).verdict, "presentation-required");
    assert.deepEqual((await verify(text, { registry, at: NOW, waive: ["presentation-required"] })).waived, ["presentation-required"]);
  });
});

describe("a gate's memory (PRS-9)", () => {
  const text = credential(issuer, { cnf: device.publicKey });
  const show = (at, opening) => device.present(text, { at, ...(opening && { opening }) });

  test("what has passed does not pass again, also when the clock goes back", async () => {
    const memory = new Memory();
    const shown = await show(NOW);
    const verdict = async (at) => (await verify(shown, { registry, at, memory })).verdict;
    assert.deepEqual([await verdict(NOW), await verdict(NOW), await verdict(NOW - 20), await verdict(NOW + 60)], ["valid", ...Array(3).fill("presentation-stale")]);
  });

  test("one phone cannot fill it", async () => {
    const memory = new Memory({ most: 20, mostOfOne: 8 });
    const other = await HolderKey.fromSeed(pair("another phone").seed);
    const others = await other.present(credential(issuer, { cnf: other.publicKey }), { at: NOW });
    assert.equal((await verify(others, { registry, at: NOW, memory })).verdict, "valid");
    for (let i = 0; i < 30; i++) {
      const shown = await show(NOW, Uint8Array.from({ length: 16 }, () => i));
      assert.equal((await verify(shown, { registry, at: NOW, memory })).verdict, "valid");
    }
    assert.equal((await verify(others, { registry, at: NOW, memory })).verdict, "presentation-stale");
  });
});

describe("a holder's key", () => {
  test("of WebCrypto is not extractable, proves itself and shows a code", async () => {
    const keys = await generatePair();
    assert.equal(keys.privateKey.extractable, false);
    const key = await HolderKey.fromPair(keys);
    const proof = readProof(await key.prove(example("presentation.md", "HPE1"), "CN-33-01.WJW"));
    assert.ok(await verifySignature(nobleEngine, proof.key, proofToSign(proof.nonce, proof.key, "CN-33-01.WJW"), proof.signature));
    const shown = await key.present(credential(issuer, { cnf: key.publicKey }), { at: NOW, nonce: readChallenge(writeChallenge(nonce)) });
    assert.equal((await verify(shown, { registry, at: NOW, nonce })).verdict, "valid");
  });

  test("shows no code of another key, and nothing that is no code", async () => {
    for (const text of [credential(issuer), credential(issuer, { cnf: pair("x").key }), "HP1:", "", example("presentation.md", "HPP1")]) {
      await assert.rejects(device.present(text, { at: NOW }), CallError);
    }
    const mine = credential(issuer, { cnf: device.publicKey });
    for (const wrong of [{ at: -1 }, { at: 1 }, { at: NOW, nonce: new Uint8Array(65) }, { at: NOW, opening: new Uint8Array(15) }]) {
      await assert.rejects(device.present(mine, wrong), CallError);
    }
  });
});
