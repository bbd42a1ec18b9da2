import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ascii, concat, hex, toHex } from "../lib/bytes.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { decodePoint, isOfOrderL } from "../lib/curve.js";
import { isPublicKey, mayVerify } from "../lib/ed25519.js";
import { bestEngine, nobleEngine, nodeEngine, verifySignature, webEngine } from "../lib/engines.js";
import { isTrustworthy, kidOf, thumbprint } from "../lib/keys.js";
import { sign } from "../lib/noble.js";
import * as plain from "../lib/plain/ed25519.js";
import { numbers, pair } from "./make.mjs";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const TORSION = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"); // of order 8
const engines = [nobleEngine, nodeEngine(), webEngine()];

const number = (bytes) => BigInt(`0x${toHex(bytes.slice().reverse())}`);
const bytes = (n) => hex(n.toString(16).padStart(64, "0")).reverse();

/** A signature with R and A of our choice: S is that of the equation with the cofactor. */
function forge(secret, r, key, extra, message) {
  const point = Point.BASE.multiply(r).add(extra).toBytes();
  const k = number(sha512(concat(point, key, message))) % ORDER;
  return concat(point, bytes((r + k * secret) % ORDER));
}

describe("signatures (SIG-5)", () => {
  const message = ascii("a message");
  const one = pair("a key");
  const good = sign(one.seed, message);

  for (const engine of engines) {
    test(`${engine.name} accepts a signature, and nothing that differs in a bit`, async () => {
      assert.equal(await verifySignature(engine, one.key, message, good), true);
      for (let bit = 0; bit < 512; bit += 3) {
        const other = good.slice();
        other[bit >> 3] ^= 1 << (bit & 7);
        assert.equal(await verifySignature(engine, one.key, message, other), false);
      }
      assert.equal(await verifySignature(engine, one.key, ascii("a messagf"), good), false);
    });

    test(`${engine.name} refuses what only the cofactor makes right, and S from L up`, async () => {
      const secret = 12_345n;
      const key = Point.BASE.multiply(secret).toBytes();
      for (let i = 0n; i < 8n; i++) {
        const extra = i === 0n ? Point.ZERO : TORSION.multiplyUnsafe(i);
        const signature = forge(secret, 6789n + i, key, extra, message);
        assert.equal(await verifySignature(engine, key, message, signature), i === 0n, `${engine.name} ${i}`);
      }
      const whole = forge(secret, 99n, key, Point.ZERO, message);
      const above = concat(whole.subarray(0, 32), bytes(number(whole.subarray(32)) + ORDER));
      assert.equal(await verifySignature(engine, key, message, above), false);
    });

    test(`${engine.name} refuses keys with a part of small order, and an R that is the identity`, async () => {
      const secret = 777n;
      for (let i = 1n; i < 8n; i++) {
        const key = Point.BASE.multiply(secret).add(TORSION.multiplyUnsafe(i)).toBytes();
        for (let r = 1n; r < 12n; r++) {
          assert.equal(await verifySignature(engine, key, message, forge(secret, r, key, Point.ZERO, message)), false);
        }
      }
      const key = Point.BASE.multiply(secret).toBytes();
      const k = number(sha512(concat(Point.ZERO.toBytes(), key, message))) % ORDER;
      const identity = concat(Point.ZERO.toBytes(), bytes((k * secret) % ORDER));
      assert.equal(await verifySignature(engine, key, message, identity), false);
    });
  }

  test("keys that are used often verify as before, with a table of multiples and after it was dropped", async () => {
    const many = Array.from({ length: 17 }, (_, i) => pair(`an issuer ${i}`));
    for (let round = 0; round < 2; round++) {
      for (const { seed, key } of many) {
        const signature = sign(seed, message);
        const other = signature.slice();
        other[40] ^= 1;
        for (let i = 0; i < 4; i++) {
          assert.equal(await nobleEngine.verify(key, message, signature), true);
          assert.equal(await nobleEngine.verify(key, message, other), false);
        }
      }
    }
  });

  test("R is the identity in no encoding, whatever a platform makes of it", () => {
    const secret = 4242n;
    const key = Point.BASE.multiply(secret).toBytes();
    for (const R of [`01${"00".repeat(31)}`, `01${"00".repeat(30)}80`, `ee${"ff".repeat(30)}7f`, "ee".padEnd(64, "f")].map(hex)) {
      const k = number(sha512(concat(R, key, message))) % ORDER;
      const signature = concat(R, bytes((k * secret) % ORDER)); // the equation holds between points
      assert.equal(mayVerify(key, signature), false);
      assert.equal(plain.mayVerify(key, signature), false);
    }
  });

  test("where an engine fails, or answers neither yes nor no, the library answers", async () => {
    const wrong = concat(good.subarray(0, 63), Uint8Array.of(good[63] ^ 1));
    const failures = [
      () => {
        throw new Error("no such algorithm");
      },
      () => Promise.reject(new Error("out of memory")),
      async () => undefined,
      async () => "yes",
    ];
    for (const verify of failures) {
      assert.equal(await verifySignature({ name: "broken", verify }, one.key, message, good), true);
      assert.equal(await verifySignature({ name: "broken", verify }, one.key, message, wrong), false);
    }
  });

  test("a key that WebCrypto could not import once is imported the next time", async () => {
    const engine = webEngine();
    Object.defineProperty(crypto.subtle, "importKey", { value: () => Promise.reject(new Error("busy")), configurable: true });
    await assert.rejects(engine.verify(one.key, message, good), /busy/);
    delete crypto.subtle.importKey;
    assert.equal(await engine.verify(one.key, message, good), true);
  });

  test("without an engine and without the library nothing is judged, until the library can be loaded", () => {
    const hook = `let left = 2; export async function resolve(name, context, next) {
      if (name.endsWith("/noble.js") && left-- > 0) throw new Error("offline");
      return next(name, context);
    }`;
    const program = `import { register } from "node:module";
      register("data:text/javascript,${encodeURIComponent(hook)}");
      process.getBuiltinModule = undefined;
      Object.defineProperty(globalThis, "crypto", { value: undefined });
      const { bestEngine, verifySignature } = await import(${JSON.stringify(new URL("../lib/engines.js", import.meta.url).href)});
      const of = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
      const engine = await bestEngine();
      const judge = () => verifySignature(engine, ...${JSON.stringify([one.key, message, good].map(toHex))}.map(of));
      console.log(engine.name, await judge().catch((error) => error.message), await judge());`;
    assert.equal(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }), "noble offline true\n");
  });

  test("a library that cannot be loaded is no bad signature", async () => {
    const engine = { name: "lost", ready: () => Promise.reject(new Error("offline")), verify: () => false };
    await assert.rejects(verifySignature(engine, one.key, message, good), /offline/);
  });

  test("the engine that is taken here is the platform's", async () => {
    assert.equal((await bestEngine()).name, "node");
  });

  test("signatures are those of RFC 8032", () => {
    const seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    assert.equal(toHex(sign(seed, new Uint8Array())).slice(0, 16), "e5564300c360ac72");
  });
});

describe("public keys", () => {
  test("points of order L alone (SIG-1)", () => {
    for (let i = 0n; i < 8n; i++) {
      const small = i === 0n ? Point.ZERO : TORSION.multiplyUnsafe(i);
      assert.equal(isPublicKey(small.toBytes()), false);
      assert.equal(isPublicKey(Point.BASE.add(small).toBytes()), i === 0n);
    }
    for (const text of ["00".repeat(31), "00".repeat(33), `02${"00".repeat(31)}`, `ee${"ff".repeat(30)}7f`, `01${"00".repeat(30)}80`]) {
      assert.equal(isPublicKey(hex(text)), false, text);
    }
  });

  test("what multiplication by L says of a point, the faster test says too", () => {
    const random = numbers(11);
    const next = () => Array.from({ length: 7 }, () => BigInt(random.next().value)).reduce((n, word) => (n << 32n) + word);
    for (let i = 0; i < 24; i++) {
      let point = Point.BASE.multiplyUnsafe(i === 0 ? 1n : i === 1 ? ORDER - 1n : next());
      for (let j = 0; j < 8; j++, point = point.add(TORSION)) {
        const { x, y } = point.toAffine();
        assert.deepEqual(decodePoint(number(point.toBytes())), { x, y });
        assert.equal(isOfOrderL({ x, y }), j === 0, `${i} ${j}`);
        assert.equal(point.isTorsionFree(), j === 0);
      }
    }
  });

  test("published keys are points, and trusted by nobody (SIG-2)", () => {
    const published = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert.equal(isPublicKey(published), true);
    assert.equal(isTrustworthy(published), false);
  });

  test("the thumbprint is that of the example (SIG-3)", () => {
    const key = pair("healthpass example issuer").key;
    assert.equal(toHex(thumbprint(key)), "2717ae42e7f7e7030634c88aaee09a6f09e7bb9ab013e9ccb60bc75f25b12ef5");
    assert.equal(toHex(kidOf(key)), "2717ae42e7f7e703");
  });
});
