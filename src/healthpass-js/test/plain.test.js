/** The functions without BigInt give what the others give. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { concat, hex, toHex } from "../lib/bytes.js";
import { sha256 } from "../lib/digest.js";
import { mayVerify } from "../lib/ed25519.js";
import { nobleEngine, verifySignature } from "../lib/engines.js";
import * as plain from "../lib/plain/ed25519.js";
import { add, fromBytes, invert, multiply, rootOfRatio, small, subtract, toBytes } from "../lib/plain/field.js";
import { sha512 } from "../lib/plain/sha512.js";
import { numbers, pair } from "./make.mjs";

const { Point } = ed25519;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const number = (bytes) => BigInt(`0x${toHex(bytes.slice().reverse())}`);
const bytesOf = (n) => hex(n.toString(16).padStart(64, "0")).reverse();

test("SHA-256 and SHA-512 are those of the platform, for every length of two blocks", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (7 * i) & 255);
  for (let n = 0; n <= 300; n++) {
    for (const [name, hash] of Object.entries({ sha256, sha512 })) {
      assert.equal(toHex(hash(bytes.subarray(0, n))), createHash(name).update(bytes.subarray(0, n)).digest("hex"), `${name} ${n}`);
    }
  }
});

test("the field's operations are those of numbers modulo P, at its edges too", () => {
  const random = numbers(5);
  const next = () => Array.from({ length: 8 }, () => BigInt(random.next().value)).reduce((n, word) => (n << 32n) + word) % P;
  const edges = [0n, 1n, 2n, 18n, 19n, 37n, 38n, P - 1n, P - 2n, P - 19n, (P - 1n) / 2n, 2n ** 254n, 2n ** 255n - 20n, 0xffffn << 239n];
  const all = [...edges, ...Array.from({ length: 12 }, next)];
  const of = (n) => fromBytes(bytesOf(n));
  const modulo = (n) => ((n % P) + P) % P;
  for (const a of all) {
    assert.equal(number(toBytes(invert(of(a)))), a === 0n ? 0n : Point.Fp.inv(a));
    assert.equal(number(toBytes(fromBytes(bytesOf(a + P < 2n ** 255n ? a + P : a)))), a);
    for (const b of all) {
      assert.equal(number(toBytes(multiply(of(a), of(b)))), modulo(a * b));
      assert.equal(number(toBytes(add(of(a), of(b)))), modulo(a + b));
      assert.equal(number(toBytes(subtract(of(a), of(b)))), modulo(a - b));
      const wide = multiply(subtract(add(of(a), of(a)), of(b)), subtract(subtract(of(b), of(a)), of(a)));
      assert.equal(number(toBytes(wide)), modulo(-((2n * a - b) ** 2n)));
    }
  }
  assert.equal(rootOfRatio(small(2), small(1)), undefined);
});

test("limbs at their bounds multiply exactly, and come back into their range", () => {
  const bound = 2 ** 20;
  const random = numbers(6);
  const one = (/** @type {number[]} */ of) => of[random.next().value % of.length];
  const limbs = [[bound], [-bound], [bound, -bound], [0, -1], [65_535], [-65_535, 65_536], [bound, -1, 0, 0, 0], [-bound, 1, 65_535]];
  const valueOf = (element) => element.reduceRight((n, limb) => (n << 16n) + BigInt(limb), 0n);
  const modulo = (n) => ((n % P) + P) % P;
  const elements = limbs.flatMap((of) => Array.from({ length: 4 }, () => Array.from({ length: 16 }, () => one(of))));
  for (const a of elements) {
    assert.equal(number(toBytes(a)), modulo(valueOf(a)));
    for (const b of elements) {
      const product = multiply(a, b);
      assert.equal(modulo(valueOf(product)), modulo(valueOf(a) * valueOf(b)));
      assert.equal(number(toBytes(product)), modulo(valueOf(product)));
      const [first, ...rest] = product;
      assert.ok(first >= -38 && first <= 65_573 && rest.every((limb) => limb >= 0 && limb <= 65_535), String(product));
    }
  }
});

describe("signatures", () => {
  const T = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"); // of order 8
  const torsion = Array.from({ length: 8 }, (_, i) => (i === 0 ? Point.ZERO : T.multiplyUnsafe(BigInt(i))));

  /** All encodings of a point: those that SIG-1.1 refuses too. */
  function encodings(point) {
    const { x, y } = point.toAffine();
    return [y, ...(y + P < 2n ** 255n ? [y + P] : [])].flatMap((n) => {
      const sign = x & 1n;
      return [n + (sign << 255n), ...(x === 0n ? [n + ((1n - sign) << 255n)] : [])].map(bytesOf);
    });
  }

  test("keys and R of every order and encoding, with S of both equations", async () => {
    let accepted = 0;
    for (const [a, r] of [[0n, 0n], [0n, 7n], [12_345n, 0n], [12_345n, 999n]]) {
      for (const [i, j] of torsion.flatMap((_, i) => [[i, 0], [0, i], [i, i], [i, 8 - i]])) {
        const A = Point.BASE.multiplyUnsafe(a).add(torsion[i]);
        const R = Point.BASE.multiplyUnsafe(r).add(torsion[j % 8]);
        for (const key of encodings(A)) {
          for (const first of encodings(R)) {
            const message = Uint8Array.of(i, j);
            const s = (r + (number(sha512(concat(first, key, message))) % L) * a) % L;
            for (const signature of [concat(first, bytesOf(s)), concat(first, bytesOf(s + L))]) {
              const expected = await verifySignature(nobleEngine, key, message, signature);
              assert.equal(plain.mayVerify(key, signature), mayVerify(key, signature));
              assert.equal(plain.mayVerify(key, signature) && plain.equationHolds(key, message, signature), expected);
              accepted += expected ? 1 : 0;
            }
          }
        }
      }
    }
    assert.ok(accepted > 0);
  });

  test("a signature, and nothing that differs in a bit", () => {
    const { key, sign } = pair("a key without BigInt");
    const message = Uint8Array.from({ length: 200 }, (_, i) => i);
    const good = sign(message);
    assert.equal(plain.equationHolds(key, message, good), true);
    for (let bit = 0; bit < 512; bit += 5) {
      const other = good.slice();
      other[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(plain.mayVerify(key, other) && plain.equationHolds(key, message, other), false);
    }
    assert.equal(plain.equationHolds(key, message.subarray(1), good), false);
  });

  test("nothing is signed", () => {
    assert.throws(() => plain.sign(), /BigInt/);
  });
});
