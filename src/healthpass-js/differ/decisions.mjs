/** Requests of `decide` and `convert` from nothing: policies and maps that may be signed, and codes on their edges. */

import { toHex } from "../lib/bytes.js";
import { encode } from "../lib/cbor.js";
import { readPolicy } from "../lib/decision/policy.js";
import { DAY, NOW, office } from "../test/make.mjs";

const REGIONS = ["CN", "CN-33", "CN-33-01", "CN-33-01-06", "CN-33-02", "CN-42", "CN-42-01", "MO", "US", "US-CA"];
const OFFICES = ["CN-33-01.WJW", "CN-33.A", "CN-42-01.B", "MO.SSM", "US.D"];
const QUESTIONS = ["area", "constructor", "document", "fever"];
const PLACES = ["gate", "station", "village"];
const VERDICTS = ["clock-suspect", "expired", "presentation-required", "registry-stale", "status-unknown"];
const ZONES = [480, 0, -720, 840, 540, 59, -1];
const names = new Map([[1, "名"], [2, "Name"]]);
const TODAY = Math.floor(NOW / DAY);

class Maker {
  constructor(random) {
    this.random = random;
    const clock = random.one([0, 0, 30, 1800, 3599, 57_599, 57_600, 86_399]);
    this.at = NOW - (NOW % DAY) + random.one([clock, random.below(DAY)]);
  }

  /** Some of these, ascending. */
  some(items, most = items.length) {
    const wanted = 1 + this.random.below(Math.min(most, items.length));
    const left = [...items];
    const taken = [];
    while (taken.length < wanted) taken.push(...left.splice(this.random.below(left.length), 1));
    return taken.sort(typeof items[0] === "number" ? (a, b) => a - b : undefined);
  }

  /** A map with some of the optional members. */
  map(required, optional) {
    const map = new Map(required.map(([key, value]) => [key, value()]));
    for (const [key, value, n = 2] of optional) if (this.random.chance(n)) map.set(key, value());
    return map;
  }

  range() {
    const [low, high] = [1 + this.random.below(5), 1 + this.random.below(5)].sort();
    return this.random.one([[[1, low]], [[2, high]], [[1, low], [2, high]]]);
  }

  /** A time near `at`, also on an edge. */
  near(spread) {
    return this.at + this.random.one([0, 1, -1, this.random.below(spread), -this.random.below(spread)]);
  }

  when() {
    const { random } = this;
    const regions = () => this.some(REGIONS, 3);
    const numbers = () => this.some([0, 1, 2, 3, 9], 3);
    const rare = 9;
    return this.map([], [
      [1, () => this.some([0, 1, 2, 3], 2), 4],
      [2, numbers, rare],
      [3, regions, rare],
      [4, regions, rare],
      [5, regions, 6],
      [6, () => new Map(this.range()), 6],
      [7, () => new Map([...(random.chance(2) ? this.range() : []), [3, random.below(10)], ...(random.chance(2) ? [[4, regions()]] : [])]), 5],
      [8, () => {
        const count = 1 + random.below(4);
        const apart = count > 1 && random.chance(2) ? [[5, 1 + random.below(24)]] : [];
        return new Map([[1, numbers()], [2, random.below(2)], [3, 1 + random.below(72)], ...(count > 1 || random.chance(2) ? [[4, count]] : []), ...apart]);
      }, 5],
      [9, () => this.map([[1, () => 1 + random.below(3)]], [[2, () => random.below(20)]]), rare],
      [10, () => new Map([[1, random.below(20)]]), rare],
      [11, () => random.below(3), rare],
      [12, () => this.some([0, 1, 2, 3, 7], 3), rare],
      [13, () => 1, rare],
      [14, () => this.some(QUESTIONS, 2), 8],
      [15, () => this.some(QUESTIONS, 2), 8],
      [16, () => this.some(PLACES, 2), 8],
      [17, () => (random.chance(2) ? [] : this.some(VERDICTS, 3)), rare],
    ]);
  }

  rule(i) {
    const { random } = this;
    const then = random.below(5);
    const duties = random.chance(3) ? this.some([0, 1, 2, 3, 4], 3) : undefined;
    const when = random.chance(12) ? new Map() : this.when();
    const rule = new Map([[1, `rule-${i}`], [2, when], [3, then]]);
    if (duties) rule.set(4, duties);
    if (then === 1 || then === 2 || duties?.includes(4)) {
      rule.set(5, 1 + random.below(20));
      if (when.has(7) && random.chance(2)) rule.set(6, 1);
    }
    if (random.chance(6)) rule.set(7, this.near(2 * DAY));
    if (random.chance(6)) rule.set(8, this.near(2 * DAY));
    if (random.chance(3)) rule.set(9, random.below(3));
    if (random.chance(4)) rule.set(10, names);
    return rule;
  }

  /** A policy that its reader takes; one for conversions admits more often. */
  policy(conversion) {
    const { random } = this;
    for (;;) {
      const rules = Array.from({ length: 1 + random.below(5) }, (_, i) => this.rule(i));
      if (conversion && random.chance(2)) {
        const when = random.chance(2) ? new Map([[11, random.below(3)]]) : new Map([[13, 1]]);
        rules.splice(random.below(2), 0, new Map([[1, "admit"], [2, when], [3, 0]]));
      }
      const content = new Map([[1, names], [2, random.one(ZONES)], [3, QUESTIONS.map((name) => [name, "问", "Q"])], [4, PLACES], [5, rules]]);
      const payload = encode(office({ iat: this.at - 3 * DAY, exp: random.chance(20) ? this.at : this.at + 1 + random.below(3 * DAY), content }));
      try {
        readPolicy(payload);
        return payload;
      } catch {
        // one more try
      }
    }
  }

  /** A map in force, as the kit says of `maps`. */
  riskMap() {
    const { random } = this;
    const content = new Map([[1, names], [2, random.one(ZONES)]]);
    if (random.chance(2)) content.set(3, 1 + random.below(5));
    const entries = new Map();
    for (let n = random.below(6); n > 0; n--) {
      const region = random.one(REGIONS);
      const since = random.chance(2) ? undefined : TODAY - 8 + random.below(10);
      entries.set(`${region} ${since ?? ""}`, [region, 1 + random.below(5), ...(since === undefined ? [] : [since])]);
    }
    const ordered = [...entries.values()].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : (a[2] ?? -1) - (b[2] ?? -1)));
    if (ordered.length > 0) content.set(4, ordered);
    const exp = this.at + 1 + random.below(4 * DAY);
    return { authority: random.one(["CN", "CN-33", "CN-42", "US"]), payload: toHex(encode(office({ iat: this.at - 3 * DAY, exp, content }))) };
  }

  evidence() {
    const { random } = this;
    const day = () => TODAY + 1 - random.below(12);
    return Array.from({ length: 1 + random.below(4) }, () =>
      random.one([
        () => [1, (Math.floor(this.at / 3600) + 1 - random.below(50)) * 3600, random.below(2), random.one([1, 1, 2, 9])],
        () => [1, (Math.floor(this.at / 3600) + 1 - random.below(50)) * 3600, 0, 1],
        () => [2, day(), 1 + random.below(3), 1 + random.below(3)],
        () => [3, day()],
        () => [4, random.one(REGIONS), day()],
        () => [4, random.one(REGIONS), day()],
        () => [9, "x"],
      ])(),
    );
  }

  code(conversion) {
    const { random } = this;
    const color = random.below(3);
    const presented = conversion ? !random.chance(9) : random.chance(2);
    const exp = this.at + 1 + random.below(2 * DAY);
    const health = { color };
    if (color > 0) health.reason = random.one([1, 2, 9]);
    if (color > 0 && random.chance(2)) health.until = exp + random.below(3) * DAY;
    if (random.chance(2)) health.holder = "张*丰";
    if (conversion ? !random.chance(9) : random.chance(2)) health.binding = "000102030405060708090a0b0c0d0e0f";
    if (random.chance(2)) health.residence = random.one(REGIONS);
    if (random.chance(5)) health.origin = random.one(OFFICES);
    if (!random.chance(3)) health.evidence = this.evidence();
    const nbf = Math.min(exp - 1, random.chance(6) ? this.at + random.below(60) : this.at - random.below(3 * DAY));
    const claims = { iss: random.one(OFFICES), exp, nbf, cti: "85ed74b7af6f2c5db509f66f", health };
    if (presented || random.chance(2)) claims.cnf = "be869643ab475bed83b8cda9676274387ab3e2acc75580d39620929b7f4730db";
    const waived = random.chance(conversion ? 12 : 4) ? this.some(["clock-suspect", "presentation-required", "registry-stale", "status-unknown"], 2) : [];
    return { claims, shown: presented ? "presentation" : "bare", waived };
  }
}

/** A request of either operation. */
export function someDecision(random) {
  const make = new Maker(random);
  const conversion = random.chance(4);
  const answers = Object.fromEntries(QUESTIONS.filter(() => random.chance(2)).map((name) => [name, random.chance(2)]));
  if (!conversion && random.chance(60)) answers.other = true;
  const request = {
    op: "decide",
    policy: toHex(make.policy(conversion)),
    maps: Array.from({ length: random.below(3) }, () => make.riskMap()),
    code: !conversion && random.chance(6) ? null : make.code(conversion),
    at: make.at,
    answers,
    document: random.one(conversion ? ["matched", "matched", "matched", "mismatch", "unchecked"] : ["matched", "unchecked", "unchecked", "mismatch"]),
    place: random.one([null, "gate", "station", ...(!conversion && random.chance(30) ? ["nowhere"] : [])]),
  };
  if (!conversion) return request;
  return { ...request, op: "convert", issuer: "CN-33-01.WJW", own: random.chance(4), lifetime: random.one([3600, DAY, 30 * DAY, 1]) };
}
