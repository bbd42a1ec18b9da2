import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { concat, equal, hex } from "../lib/bytes.js";
import { inflate } from "../lib/status/inflate.js";
import { numbers } from "./make.mjs";

const MOST = 200_000;

/** Bytes of several textures. */
function texture(kind, length, random) {
  return Uint8Array.from({ length }, (_, i) => {
    const x = random.next().value >>> 16;
    return kind === 0 ? 0 : kind === 1 ? x & 255 : kind === 2 ? (x % 50 === 0 ? x & 255 : 0) : (i * 7 + (x & 3)) & 63;
  });
}

describe("inflate", () => {
  test("gives what zlib compressed, at each level and strategy", () => {
    const random = numbers(5);
    for (let i = 0; i < 120; i++) {
      const bytes = texture(i % 4, (i * 977) % 30_000, random);
      const strategy = [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE][i % 4];
      const stream = new Uint8Array(deflateSync(bytes, { level: i % 10, strategy, windowBits: 9 + (i % 7), memLevel: 1 + (i % 9) }));
      const whole = inflate(stream, MOST);
      assert.ok(whole && equal(whole, bytes), `${i}`);
    }
  });

  test("refuses what follows, what is missing, and what exceeds the bound", () => {
    const stream = new Uint8Array(deflateSync(new Uint8Array(1000)));
    assert.equal(inflate(concat(stream, hex("00")), MOST), undefined);
    for (let n = 0; n < stream.length; n++) assert.equal(inflate(stream.subarray(0, n), MOST), undefined);
    assert.equal(inflate(stream, 999), undefined);
    assert.equal(inflate(stream, 1000)?.length, 1000);
  });

  test("agrees with zlib on streams with one bit changed", () => {
    const random = numbers(17);
    let refused = 0;
    for (let i = 0; i < 4000; i++) {
      const stream = new Uint8Array(deflateSync(texture(i % 4, 40 + (i % 200), random), { level: 1 + (i % 9) }));
      const bit = random.next().value % (stream.length * 8);
      stream[bit >> 3] ^= 1 << (bit & 7);
      let expected;
      try {
        const { buffer, engine } = inflateSync(stream, { info: true, maxOutputLength: MOST });
        expected = engine.bytesWritten === stream.length ? buffer : undefined;
      } catch {
        expected = undefined;
      }
      const found = inflate(stream, MOST);
      refused += found ? 0 : 1;
      assert.ok(found ? expected && equal(found, expected) : !expected, `${i}: ${Buffer.from(stream).toString("hex")}`);
    }
    assert.ok(refused > 3000);
  });

  test("refuses a preset dictionary, another method and a wrong check", () => {
    const body = new Uint8Array(deflateSync(new Uint8Array(9))).subarray(2);
    for (const head of ["78bb", "7821", "7983", "88d3", "789d"]) assert.equal(inflate(concat(hex(head), body), MOST), undefined, head);
    assert.ok(inflate(concat(hex("789c"), body), MOST));
  });
});
