/** Decisions by policies and risk maps (decision.md). The kit's vectors are run by `npm run kit`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../lib/bytes.js";
import { encode } from "../lib/cbor.js";
import { decide } from "../lib/decision/decide.js";
import { readRiskMap } from "../lib/decision/map.js";
import { readPolicy } from "../lib/decision/policy.js";
import { sha256 } from "../lib/digest.js";
import { CallError } from "../lib/errors.js";
import { Judgement } from "../lib/judgement.js";
import { DAY, NOW, office } from "./make.mjs";

const names = (zh, en) => new Map([[1, zh], [2, en]]);
const rule = (id, when, then, ...more) => new Map([[1, id], [2, new Map(when)], [3, then], ...more]);
const policy = (members, head) => readPolicy(encode(office({ ...head, content: new Map([[1, names("规则", "Rules")], [2, 480], ...members]) })));
const map = (members) => readRiskMap(encode(office({ content: new Map([[1, names("地图", "Map")], [2, 480], ...members]) })));
const day = (time) => Math.floor((time + 28_800) / DAY);
const refusal = (word) => (error) => error.word === word;

/** A valid code, shown by its device. */
function shown(health = {}, waived = []) {
  const claims = { iss: "CN-33-01.WJW", nbf: NOW - 3600, exp: NOW + DAY, cti: new Uint8Array(12), cnf: new Uint8Array(32), health: { color: 0, ...health } };
  return new Judgement({ verdict: "valid", claims, showing: { at: NOW }, waived });
}

/** The policy of section 1 of decision.md. */
const hangzhou = {
  iat: 1_793_491_200,
  exp: 1_795_910_400,
  content: new Map([
    [1, names("杭州市入城规则", "Entry to Hangzhou")],
    [2, 480],
    [3, [["key-area", "您14天内到过重点地区吗？", "Have you been in a key area within 14 days?"]]],
    [5, [
      rule("key-area", [[14, ["key-area"]]], 4, [4, [0]]),
      rule("high", [[7, new Map([[1, 5], [3, 7]])]], 2, [5, 7], [6, 1]),
      rule("green", [[1, [0]], [12, [0]]], 0),
    ]],
    [6, ["CN-33-01.WJW"]],
  ]),
};

test("the policy of the specification is read, and decides as it says", () => {
  const payload = encode(office(hangzhou));
  assert.equal(payload.length, 276);
  assert.equal(toHex(sha256(payload)), "e3485d304af1f1f148f37660606dc507064327cbd26e4615aced860b19ce3fa7");
  const maps = [{ authority: "CN-33", map: map([[4, [["CN-42", 5]]]]) }];
  const inForce = { policy: readPolicy(payload), maps };
  const at = NOW;
  assert.deepEqual(decide(inForce, { at, judgement: shown() }).asks, ["declared:key-area"]);
  assert.equal(decide(inForce, { at, judgement: shown(), answers: { "key-area": false } }).action, "admit");
  assert.deepEqual(decide(inForce, { at, judgement: shown(), answers: { "key-area": true } }).duties, ["register"]);
  const left = decide(inForce, { at, judgement: shown({ evidence: [[4, "CN-42-01", day(NOW) - 2]] }), answers: { "key-area": false } });
  assert.equal(left.action, "central-quarantine");
  assert.equal(left.ends, (day(NOW) - 2 + 7 + 1) * DAY - 28_800);
});

test("a question may have the name of anything that JavaScript gives to objects", () => {
  const asked = policy([[3, [["constructor", "问", "Q"]]], [5, [rule("it", [[14, ["constructor"]]], 4), rule("all", [], 0)]]]);
  assert.deepEqual(decide({ policy: asked }, { at: NOW }).asks, ["declared:constructor"]);
  assert.equal(decide({ policy: asked }, { at: NOW, answers: { constructor: true } }).action, "refer");
});

test("a decision that waits for nothing is given, whatever is not known", () => {
  const open = policy([[5, [rule("near", [[5, ["CN-42"]]], 3), rule("red", [[1, [2]]], 3)]]]);
  assert.equal(decide({ policy: open }, { at: NOW, judgement: shown() }).action, "turn-back");
});

test("nobody decides by what is not in force", () => {
  const short = policy([[5, [rule("all", [], 0)]]], { exp: NOW });
  assert.equal(decide({ policy: short }, { at: NOW - 1 }).action, "admit");
  const { ground, until } = decide({ policy: short }, { at: NOW });
  assert.deepEqual([ground, until], ["no-policy", undefined]);
  assert.equal(decide({}, { at: NOW }).ground, "no-policy");
});

test("a level that differs within a region is not known", () => {
  const level = (entries, region) => {
    const by = policy([[5, [rule("low", [[6, new Map([[2, 2]])]], 0, [9, 1]), rule("all", [], 3)]]]);
    return decide({ policy: by, maps: [{ authority: "CN-33", map: map(entries) }] }, { at: NOW, judgement: shown({ residence: region }) }).rule;
  };
  assert.equal(level([[4, [["CN-42", 1], ["CN-42-01", 4]]]], "CN-42"), "low"); // not known, which counts as yes here
  assert.equal(level([[4, [["CN-42", 1], ["CN-42-01", 4]]]], "CN-42-01"), "all");
  assert.equal(level([[3, 4]], "CN-33-01"), "all");
  assert.equal(level([[4, [["CN-42", 4], ["CN-42", 1, day(NOW)]]]], "CN-42"), "low");
  assert.equal(level([[4, [["CN-42", 4], ["CN-42", 1, day(NOW) + 1]]]], "CN-42"), "all");
});

test("a call as nobody may make it is refused", () => {
  const all = policy([[4, ["gate"]], [5, [rule("all", [], 0)]]]);
  const refused = (situation) => assert.throws(() => decide({ policy: all }, { at: NOW, ...situation }), CallError);
  refused({ place: "door" });
  refused({ answers: { fever: true } });
  refused({ judgement: new Judgement({ verdict: "expired" }) });
  refused({ document: "seen" });
  refused({ at: -1 });
  assert.equal(decide({ policy: all }, { at: NOW, place: "gate" }).action, "admit");
});

test("what a reader does not know is refused after what is wrong", () => {
  const one = (...members) => () => policy([[5, [rule("it", ...members)]]]);
  assert.throws(one([[99, 1]], 0), refusal("unsupported-document")); // keys of when are critical
  assert.throws(one([], 5), refusal("unsupported-document"));
  assert.throws(one([], 5, [5, 3]), refusal("malformed-document")); // days without a quarantine
  assert.throws(one([], 1), refusal("malformed-document")); // and a quarantine without days
  assert.throws(one([[13, 1]], 0, [9, 1]), refusal("malformed-document"));
  assert.throws(() => policy([[5, [rule("a", [], 0), rule("b", [], 0)]]]), refusal("malformed-document"));
  assert.equal(policy([[5, [rule("a", [], 0, [7, 0]), rule("b", [], 0)]]]).rules.length, 2);
  assert.throws(() => map([[4, [["CN-42", 1], ["CN-42", 2]]]]), refusal("malformed-document"));
  assert.throws(() => map([[5, [names("低", "low")]]]), refusal("malformed-document"));
});
