/** Requests of `color` from nothing: rule files on the edges of what may be written, and histories on the edges of their rules. */

import { color } from "../lib/coloring/color.js";
import { readHistory } from "../lib/coloring/history.js";
import { readRules } from "../lib/coloring/rules.js";
import { COLORS, EVENTS, REASONS, RESULTS } from "../lib/tables.js";
import { DAY, NOW } from "../test/make.mjs";

const ZONES = [480, 480, 0, -720, 840, 59, -1];
const GROUNDS = ["declaration", "check-in", "exposure", "stay", "arrival", "test", "diagnosis", "discharge", "order"];
const ENDINGS = ["declaration", "check-in", "test", "discharge", "release"];
const LAPSING = ["declaration", "check-in", "test"];
const STRICTEST_FIRST = ["red", undefined, "yellow", "green"];
const FAR = 253_370_764_800; // 9999-01-01
const SAY = { zh: "说明", en: "Say" };

/** What a file or a history may not be, or may only just be: what stands in the text, and what in its place. */
const TEXTS = [
  [/:(\d+)/, ":$1.0"], [/:(\d+)/, ":$1e0"], [/:(\d+)/, ":0$1"], [/:(\d+)/, ":-$1"], [/:(\d+)/, ":+$1"], [/:(\d+)/, ':"$1"'], [/:(\d+)/, ":true"], [/:(\d+)/, ":null"],
  [/:0([,}])/, ":-0$1"], [/:(\d+)/, ":9007199254740993"], [/:(\d+)/, `:1${"0".repeat(400)}`], [/:(\d+)/, ":NaN"], [/:(\d+)/, ":[$1]"],
  [/^/, "\ufeff"], [/^/, "\ufeff\ufeff"], [/^/, " \t\r\n"], [/^/, "\u00a0"], [/$/, "\n "], [/$/, "x"], [/$/, "\0"], [/$/, ","], [/}$/, ",}"], [/]/, ",]"], [/"/, "'"],
  [/"en":"/, '"en":"\\u202e'], [/"en":"/, '"en":"\\ud83d\\ude00'], [/"en":"/, '"en":"\\ud83d'], [/"en":"/, '"en":"\\ude00\\ud83d'], [/"en":"/, '"en":"\\u0041\\/'],
  [/"en":"/, '"en":"\u0001'], [/"en":"/, '"en":"\t'], [/"en":"/, '"en":"\\x41'], [/"en":"/, '"en":"\u00b7\u2022\ue000\ufffd'], [/"en":"[^"]*"/, '"en":""'], [/"en":"/, `"en":"${"é".repeat(148)}`],
  [/"en"/, '"\\u0065n"'], [/"en":"[^"]*"/, '"en":"a","en":"a"'], [/"en":"[^"]*"/, '"en":"a","\\u0065n":"a"'], [/"en":/, '"en ":'], [/"zh":"[^"]*",/, ""],
  [/"id":"([^"]*)"/, '"id":"$1 "'], [/"id":"([^"]*)"/, '"id":"$1\\n"'], [/"id":"([^"]*)"/, '"id":"-$1"'], [/"id":"([^"]*)"/, '"id":"$1--1"'], [/"id":"([^"]*)"/, '"id":"٣"'], [/"id":"([^"]*)"/, `"id":"${"a-".repeat(31)}b1"`], [/"id":"([^"]*)"/, `"id":"${"a".repeat(65)}"`],
  [/"event":"([^"]*)"/, '"event":"constructor"'], [/"event":"([^"]*)"/, '"event":"$1","event":"$1"'], [/"event":"([^"]*)"/, '"event":"$1","__proto__":{}'], [/"event":"([^"]*)"/, '"event":["$1"]'], [/"event":"[^"]*"/, '"event":"release"'],
  [/"kind":\[/, '"kind":["naat",'], [/"kind":\[([^\]]*)\]/, '"kind":[$1,$1]'], [/"kind":\[([^\]]*)\]/, '"kind":[]'], [/"ends":/, '"end":'], [/"review":true/, '"review":false'], [/"review":true/, '"review":1'],
  [/"ends":(\{[^{}]*\})/, '"ends":{"any":[$1,{"all":[$1,$1]}]}'], [/"ends":(\{[^{}]*\})/, '"ends":{"any":[$1,{"all":[$1,{"any":[$1,$1]}]}]}'], [/"ends":(\{[^{}]*\})/, '"ends":{"any":[$1]}'], [/"ends":\{/, '"ends":{"days":1,'],
];
const MOMENTS = [
  [/Z/, "z"], [/T/, "t"], [/T/, " "], [/Z|[+-]\d\d:\d\d$/, ""], [/Z|[+-]\d\d:\d\d$/, "-00:00"], [/Z|[+-]\d\d:\d\d$/, "+0000"], [/Z|[+-]\d\d:\d\d$/, "+08"], [/Z|[+-]\d\d:\d\d$/, "+23:59"], [/Z|[+-]\d\d:\d\d$/, "-23:59"],
  [/Z|[+-]\d\d:\d\d$/, "+24:00"], [/Z|[+-]\d\d:\d\d$/, "+08:60"], [/Z|[+-]\d\d:\d\d$/, "+08:00:00"], [/Z|[+-]\d\d:\d\d$/, "−08:00"], [/(Z|[+-]\d\d:\d\d)$/, ".0$1"], [/(Z|[+-]\d\d:\d\d)$/, ".000000000000$1"], [/(Z|[+-]\d\d:\d\d)$/, ",0$1"],
  [/(Z|[+-]\d\d:\d\d)$/, ".$1"], [/(Z|[+-]\d\d:\d\d)$/, ".0000000001$1"], [/(Z|[+-]\d\d:\d\d)$/, ".5$1"], [/:\d\d(Z|[+-]\d\d:\d\d)$/, ":60$1"], [/:\d\d(Z|[+-]\d\d:\d\d)$/, "$1"], [/T\d\d:\d\d:\d\d/, "T24:00:00"], [/T\d\d:\d\d:\d\d/, "T23:59:60"],
  [/^\d{4}-\d\d-\d\d/, "2026-02-29"], [/^\d{4}-\d\d-\d\d/, "2024-02-29"], [/^\d{4}-\d\d-\d\d/, "2100-02-29"], [/^\d{4}-\d\d-\d\d/, "2026-04-31"], [/^\d{4}-\d\d-\d\d/, "2026-00-10"], [/^\d{4}-\d\d-\d\d/, "2026-13-10"], [/^\d{4}-\d\d-\d\d/, "20261110"],
  [/^\d{4}-\d\d-\d\d/, "2026-W45-1"], [/^\d{4}-\d\d-\d\d/, "2026-310"], [/^/, " "], [/$/, " "], [/$/, "\\n"], [/^/, "+"], [/^\d{4}/, "0000"], [/^\d{4}/, "0070"], [/^.*$/, "1970-01-01T00:00:00Z"], [/^.*$/, "1970-01-01T00:00:00+00:01"], [/^.*$/, "1969-12-31T23:59:59-00:01"],
  [/^.*$/, "9998-12-31T23:59:59Z"], [/^.*$/, "9998-12-31T23:59:59-00:01"], [/^.*$/, "9999-01-01T00:00:00+00:01"], [/^.*$/, "9999-01-01T00:00:00Z"], [/^.*$/, "10000-01-01T00:00:00Z"], [/-(\d\d)T/, "-٠١T"],
];

class Maker {
  constructor(random) {
    this.random = random;
    const clock = random.one([0, 0, 57_600, 86_399, 57_599, random.below(DAY)]);
    const start = random.chance(30) ? FAR - 5 * DAY : random.chance(30) ? 5 * DAY : NOW;
    this.at = start - (start % DAY) + clock;
  }

  some(items, most) {
    const left = [...items];
    return Array.from({ length: 1 + this.random.below(Math.min(most, items.length)) }, () => left.splice(this.random.below(left.length), 1)[0]);
  }

  /** Members that are there as often as not. */
  maybe(members, n = 2) {
    return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && this.random.chance(n)));
  }

  ground() {
    const { random } = this;
    const event = random.one(GROUNDS);
    const { members, kinds } = EVENTS[event];
    const [low, high] = [1 + random.below(5), 1 + random.below(5)].sort();
    const level = random.one([{ at_least: low }, { at_most: high }, { at_least: low, at_most: high }]);
    return {
      event,
      ...this.maybe({ kind: members.includes("kind") ? this.some(kinds, 8) : undefined, level: members.includes("level") ? level : undefined }),
      ...(members.includes("result") && { result: "positive" }),
      ...(members.includes("healthy") && { healthy: false }),
    };
  }

  end(depth = 1) {
    const { random } = this;
    if (depth < 3 && random.chance(3)) return { [random.one(["all", "any"])]: Array.from({ length: 2 + random.below(2) }, () => this.end(depth + 1)) };
    return random.one([
      () => ({ days: random.one([0, 1, 2, random.below(5)]) }),
      () => ({ hours: random.one([1, 24, 48, 1 + random.below(72)]) }),
      () => ({ check_ins: 1 + random.below(3) }),
      () => ({ negatives: { count: 1 + random.below(3), ...this.maybe({ hours_apart: random.one([0, 1, 24]), from_day: random.one([0, 1, 3]) }) } }),
      () => ({ event: random.one(ENDINGS) }),
    ])();
  }

  rule(color, i, before) {
    const { random } = this;
    const isMeasure = color === "red" || color === "yellow";
    const like = before.length > 0 && random.chance(3) ? random.one(before) : {}; // so that one may hide the other
    const on = random.chance(5) ? undefined : like.on && !random.chance(3) ? like.on : this.ground();
    const lacking = on && !random.chance(4) ? undefined : like.lacking && random.chance(2) ? like.lacking : { event: random.one(LAPSING), hours: random.one([1, 24, 48, 1 + random.below(72)]) };
    const ends = like.ends && random.chance(2) ? like.ends : random.chance(5) ? undefined : this.end();
    return {
      id: `r${i}`,
      ...(on && { on }),
      ...(lacking && { lacking }),
      ...(color && { color }),
      ...(isMeasure && { reason: random.one(REASONS) }),
      ...(on && random.chance(4) && { after_hours: random.one([1, 24, 25, 48, 1 + random.below(72)]) }),
      ...(on && ends && { ends }),
      ...(isMeasure && random.chance(3) && { review: true }),
      say: SAY,
    };
  }

  rules() {
    const { random } = this;
    const colors = Array.from({ length: 1 + random.below(5) }, () => random.one(["red", "red", undefined, "yellow", "yellow", "yellow"]));
    if (!random.chance(30)) colors.sort((a, b) => STRICTEST_FIRST.indexOf(a ?? undefined) - STRICTEST_FIRST.indexOf(b ?? undefined));
    const ordered = colors.includes(undefined) ? STRICTEST_FIRST.slice(0, 3).flatMap((one) => colors.filter((color) => color === one)) : colors; // sort() puts undefined last
    const rules = [];
    for (const [i, color] of ordered.entries()) rules.push(this.rule(color, i, rules));
    rules.push({ id: "clear", color: random.chance(40) ? random.one(COLORS) : "green", ...(random.chance(4) && { say: SAY }) });
    return { names: { zh: "规则", en: "Rules" }, zone: random.one(ZONES), rules };
  }

  /** Some rules that are read, as text; or the last ones tried. */
  file() {
    for (let tries = 0; ; tries++) {
      const text = JSON.stringify(this.rules());
      if (tries === 30 || this.random.chance(12)) return text;
      try {
        readRules(text);
        return text;
      } catch {
        // one more try
      }
    }
  }

  moment() {
    const { random } = this;
    const near = this.at - random.one([0, 1, 3600, DAY, random.below(8) * DAY, random.below(8 * DAY), -random.below(2 * DAY)]);
    const time = Math.min(FAR - 1, Math.max(0, near - (near % random.one([1, 3600, 3600, 7200]))));
    const minutes = random.one([0, 480, -210, 1439]);
    const local = new Date((time + 60 * minutes) * 1000).toISOString();
    const zone = `+${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    const year = Number(local.slice(0, 4));
    return minutes < 0 || minutes === 0 || year < 1970 || year > 9998 ? new Date(time * 1000).toISOString().replace(".000Z", "Z") : local.replace(".000Z", zone);
  }

  event(names) {
    const { random } = this;
    const event = random.one(names);
    const { members, kinds } = EVENTS[event];
    const values = { kind: random.one([kinds[0], ...kinds]), level: 1 + random.below(5), result: random.one(["negative", ...RESULTS]), healthy: !random.chance(4) };
    return { event, at: this.moment(), ...Object.fromEntries(members.map((member) => [member, values[member]])) };
  }

  /** A history of what the rules speak of, and of little else. */
  history(file) {
    const { random } = this;
    const named = [...file.matchAll(/"event":"([a-z-]+)"/g)].map(([, name]) => name).filter((name) => EVENTS[name]);
    const names = [...named, ...(file.includes("check_ins") ? ["check-in", "check-in"] : []), ...(file.includes("negatives") ? ["test", "test"] : []), random.one(Object.keys(EVENTS))];
    const events = Array.from({ length: random.below(random.one([3, 8, 20])) }, () => this.event(names));
    if (events.length > 0 && random.chance(5)) events.push(random.one(events));
    if (events.length > 0 && random.chance(9)) random.one(events).at = random.one(events).at;
    return JSON.stringify(events);
  }

  /** The text with one place changed. */
  changed(text, changes) {
    const [found, put] = this.random.one(changes);
    const all = [...text.matchAll(new RegExp(found.source, "g"))];
    if (all.length === 0) return text;
    const { index, 0: old } = this.random.one(all);
    return text.slice(0, index) + old.replace(found.source.includes("^") || found.source.includes("$") ? new RegExp(found.source.replace(/^\^|\$$/g, "") || "^") : found, put) + text.slice(index + old.length);
  }
}

/** A time at which something changes, where the request is answered. */
function edge({ rules, history, at }, random) {
  try {
    const { nextAt } = color(readRules(rules), readHistory(history), { at });
    return nextAt === undefined ? at : nextAt - random.below(2);
  } catch {
    return at;
  }
}

/** A request of the operation. */
export function someColoring(random) {
  const make = new Maker(random);
  let rules = make.file();
  let history = make.history(rules);
  if (random.chance(5)) rules = make.changed(rules, TEXTS);
  if (random.chance(9)) history = make.changed(history, TEXTS);
  if (random.chance(9)) history = history.replace(/"at":"([^"]*)"/, (_, moment) => `"at":"${make.changed(moment, MOMENTS)}"`);
  const request = { op: "color", rules, history, at: Math.min(FAR - 1, Math.max(0, make.at)) };
  for (let n = random.below(4); n > 0; n--) request.at = edge(request, random);
  return request;
}
