/** Colour rules (coloring.md). The kit's vectors are run by `npm run kit`. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { CallError, color, ColoringError, isMilder, readHistory, readRules } from "../lib/coloring/index.js";
import { someColoring } from "../differ/colorings.mjs";
import { Random } from "../differ/mutate.mjs";

const text = readFileSync(new URL("../../../spec/coloring.md", import.meta.url), "utf8");
const [city, person] = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, block]) => block);
const seconds = (moment) => Date.parse(moment) / 1000;
const say = { zh: "说明", en: "Say" };

/** A rule file of these rules, and of one that is green. */
const file = (...rules) => readRules(JSON.stringify({ names: say, zone: 480, rules: [...rules, { id: "clear", color: "green" }] }));
const contact = { id: "contact", on: { event: "exposure" }, color: "yellow", reason: "exposure", say };
const exposure = (at) => ({ event: "exposure", at, kind: "close-contact" });
const history = (...events) => readHistory(JSON.stringify(events));
const broken = (rule, place) => (error) => error instanceof ColoringError && error.rule === rule && error.place === place;

describe("colour rules", () => {
  test("the rules and the history of the specification give what it says", () => {
    const [rules, events] = [readRules(city), readHistory(person)];
    const before = color(rules, events, { at: seconds("2022-06-21T12:00:00+08:00") });
    assert.deepEqual([before.color, before.reason, before.rule, before.until, before.review], ["yellow", "exposure", "contact", undefined, true]);
    assert.equal(before.event?.at, seconds("2022-06-20T15:00:00+08:00"));
    assert.equal(before.say?.en, "Close contact: ends after 10 days and a negative test");
    const midnight = seconds("2022-07-01T00:00:00+08:00");
    const tested = color(rules, events, { at: seconds("2022-06-30T12:00:00+08:00") });
    assert.deepEqual([tested.color, tested.until, tested.nextAt], ["yellow", midnight, midnight]);
    assert.equal(color(rules, events, { at: midnight }).color, "green");
    assert.ok(Object.isFrozen(tested));
  });

  test("what is wrong has its rule and its place", () => {
    const reads = (...rules) => () => file(...rules);
    assert.throws(reads({ ...contact, ends: { all: [{ days: 1 }, { days: 367 }] } }), broken("CLR-5.1", "rules[0].ends.all[1].days"));
    assert.throws(reads({ ...contact, ends: { any: [{ days: 1 }, { days: 1 }] } }), broken("CLR-5.7", "rules[0].ends.any"));
    assert.throws(reads(contact, { ...contact, id: "again" }), broken("CLR-8.1", "rules[1]"));
    assert.throws(reads({ ...contact, say: undefined }), broken("CLR-3.9", "rules[0].say"));
    assert.throws(reads({ ...contact, review: 1 }), broken("CLR-3.8", "rules[0].review"));
    assert.throws(() => readRules(city.replace('"zone"', '"names": {}, "zone"')), broken("CLR-1.2", "names"));
    assert.throws(() => readRules(city.replace("480", "480.0")), broken("CLR-1.3", "zone"));
    assert.throws(() => readRules(city.replace('"days": 10', '"days": 10, "hours": 1')), broken("CLR-5", "rules[1].ends.all[0]"));
    assert.throws(() => readRules(Uint8Array.of(0x22, 0xff, 0x22)), broken("CLR-1.1", ""));
    assert.throws(() => readRules(`${city}${" ".repeat(262_144)}`), broken("CLR-1.1", ""));
  });

  test("a refusal says nothing of the person", () => {
    for (const at of ["2022-06-20T15:00:00", "2022-06-20T15:00:60Z", "2022-06-20T15:00:00+08:60", "2022-02-29T15:00:00Z", "2022-06-20T15:00:00.0000000000Z"]) {
      assert.throws(() => history(exposure("2022-06-20T15:00:00Z"), exposure(at)), (error) => broken("CLR-9.1", "[1].at")(error) && !error.message.includes("2022"));
    }
    assert.throws(() => history({ ...exposure("2022-06-20T15:00:00Z"), kind: "secret" }), (error) => !error.message.includes("secret"));
    assert.throws(() => readHistory(`[${Array(1001).fill(JSON.stringify(exposure("2022-06-20T15:00:00Z")))}]`), broken("CLR-10", ""));
  });

  test("a text of 262,144 brackets is refused, and not recursed into", () => {
    assert.throws(() => readHistory("[".repeat(262_144)), ColoringError);
    assert.throws(() => readRules('{"names":'.repeat(29_000)), ColoringError);
  });

  test("what nobody has confirmed is left out, if it is asked so", () => {
    const rules = file({ ...contact, review: true }, { ...contact, id: "any", color: "yellow", on: { event: "stay" } });
    const events = history(exposure("2022-06-20T15:00:00Z"), { event: "stay", at: "2022-06-19T00:00:00z", level: 3 });
    const at = seconds("2022-06-21T00:00:00Z");
    assert.equal(color(rules, events, { at }).rule, "contact");
    assert.equal(color(rules, events, { at, without: ["contact"] }).rule, "any");
    assert.throws(() => color(rules, events, { at, without: ["any"] }), CallError);
    assert.throws(() => color(rules, events, { at: -1 }), CallError);
  });

  test("a code of a milder colour is withdrawn", () => {
    const ordered = ["green", "yellow", undefined, "red"];
    for (const [i, one] of ordered.entries()) for (const [j, other] of ordered.entries()) assert.equal(isMilder(one, other), i < j);
  });

  test("nothing changes before nextAt, and something does then", () => {
    const random = new Random(7);
    const answer = ({ nextAt: _, say: __, ...rest }) => JSON.stringify(rest);
    let changes = 0;
    for (let n = 0; n < 400; n++) {
      const request = someColoring(random);
      let [rules, events] = [];
      try {
        [rules, events] = [readRules(request.rules), readHistory(request.history)];
      } catch {
        continue;
      }
      const colored = (at) => color(rules, events, { at });
      const now = colored(request.at);
      const end = now.nextAt ?? Math.min(request.at + 3e8, 253_370_764_799);
      for (let k = 0; k < 12; k++) {
        const later = request.at + random.below(Math.max(1, Math.min(end - request.at, random.one([10, 90_000, 1e6, 3e8]))));
        assert.equal(answer(colored(later)), answer(now), `${JSON.stringify(request)} at ${later}`);
      }
      if (now.nextAt === undefined) continue;
      changes++;
      assert.equal(answer(colored(now.nextAt - 1)), answer(now), JSON.stringify(request));
      if (!events.some(({ at }) => at === now.nextAt)) assert.notEqual(answer(colored(now.nextAt)), answer(now), JSON.stringify(request));
    }
    assert.ok(changes > 80, `${changes} changes`);
  });
});
