import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ascii, concat, equal, hex, toHex } from "../lib/bytes.js";
import * as base45 from "../lib/base45.js";
import { decode, encode } from "../lib/cbor.js";
import * as utf8 from "../lib/utf8.js";
import { source } from "../tables.mjs";
import { numbers } from "./make.mjs";

describe("tables", () => {
  test("lib/tables.js says what spec/tables says", () => {
    assert.equal(readFileSync(new URL("../lib/tables.js", import.meta.url), "utf8"), source());
  });
});

describe("Base45", () => {
  test("the examples of RFC 9285 are read and written", () => {
    for (const [text, code] of [["AB", "BB8"], ["Hello!!", "%69 VD92EX0"], ["base-45", "UJCLQE7W581"], ["ietf!", "QED8WEX0"]]) {
      assert.equal(base45.encode(ascii(text)), code);
      assert.ok(equal(base45.decode(code), ascii(text)));
    }
  });

  test("each text has one byte string, and each byte string one text", () => {
    const random = numbers(7);
    for (let i = 0; i < 3000; i++) {
      const bytes = Uint8Array.from({ length: i % 40 }, () => random.next().value >>> 24);
      assert.ok(equal(base45.decode(base45.encode(bytes)), bytes));
    }
  });

  test("what encodes too much, or nothing, is refused", () => {
    for (const text of ["A", "ABCD", "GGW", ":::", "::", "a00", "0 0\n", "0Ä0"]) assert.equal(base45.decode(text), undefined);
    assert.ok(equal(base45.decode("FGW"), hex("ffff")));
  });
});

describe("UTF-8", () => {
  test("each code point is written as the platform writes it, and read back", () => {
    for (let point = 0; point <= 0x10ffff; point += point < 0x3000 || point > 0xd700 && point < 0xe100 ? 1 : 97) {
      if (point >= 0xd800 && point <= 0xdfff) {
        assert.equal(utf8.encode(String.fromCharCode(point)), undefined);
        continue;
      }
      const text = String.fromCodePoint(point);
      const bytes = utf8.encode(text);
      assert.equal(toHex(bytes), Buffer.from(text, "utf8").toString("hex"));
      assert.equal(utf8.decode(bytes), text);
    }
  });

  test("what the platform refuses is refused", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const random = numbers(3);
    const of = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff];
    for (let i = 0; i < 40_000; i++) {
      const bytes = Uint8Array.from({ length: 1 + (i % 5) }, () => of[random.next().value % of.length]);
      let expected;
      try {
        expected = strict.decode(bytes);
      } catch {
        expected = undefined;
      }
      assert.equal(utf8.decode(bytes), expected, toHex(bytes));
    }
  });
});

describe("CBOR", () => {
  const refused = (text, depth = 4) => assert.throws(() => decode(hex(text), depth), { word: "malformed-payload" }, text);

  test("whatever is read is written as the same bytes", () => {
    const random = numbers(11);
    let read = 0;
    for (let i = 0; i < 60_000; i++) {
      const bytes = Uint8Array.from({ length: 1 + (i % 6) }, () => random.next().value >>> 24);
      let value;
      try {
        value = decode(bytes, 4);
      } catch (error) {
        assert.equal(error.word, "malformed-payload");
        continue;
      }
      read++;
      assert.equal(toHex(encode(value)), toHex(bytes));
    }
    assert.ok(read > 600);
  });

  test("one item, nothing behind it, of major types 0 to 5", () => {
    for (const text of ["", "0000", "f4", "f6", "f90000", "c000", "ff", "5f40ff", "1c", "9f00ff"]) refused(text);
  });

  test("heads in their shortest form, integers within 53 bits", () => {
    for (const text of ["1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "5800", "1b0020000000000000", "3b001fffffffffffff"]) refused(text);
    assert.equal(decode(hex("1b001fffffffffffff"), 4), 2 ** 53 - 1);
    assert.equal(decode(hex("3b001ffffffffffffe"), 4), -(2 ** 53 - 1));
  });

  test("keys are integers in order, each once", () => {
    for (const text of ["a16100 00", "a201000100", "a202000100", "a220000100", "a221002000", "a14000"]) refused(text);
    assert.deepEqual([...decode(hex("a3010020002100"), 4).keys()], [1, -1, -2]);
  });

  test("no more is open at once than allowed, and no length is believed", () => {
    assert.ok(decode(hex("81818180"), 4));
    refused("8181818180");
    refused("9b001fffffffffffff");
    refused("bb001fffffffffffff");
    refused("5b001fffffffffffff00");
  });

  test("a map is written in order, whatever the order of its keys", () => {
    assert.equal(toHex(encode(new Map([[-2, 0], [300, 1], [-1, 2], [5, 3]]))), "a4050319012c0120022100");
  });

  test("what HP1 cannot write is an error", () => {
    for (const value of [1.5, 2 ** 53, true, null, "\ud800", NaN]) assert.throws(() => encode(value), TypeError);
  });

  test("a long concatenation stays what it is", () => {
    assert.equal(toHex(concat(hex("01"), hex(""), hex("0203"))), "010203");
  });
});
