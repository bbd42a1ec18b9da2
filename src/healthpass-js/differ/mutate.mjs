/** Changes requests of the kit at random: in their texts, bytes, signed content, documents and calls. */

import { ascii, concat, fromHex, toHex } from "../lib/bytes.js";
import * as base45 from "../lib/base45.js";
import { decode, encode } from "../lib/cbor.js";
import { sha256 } from "../lib/digest.js";
import { presentationToSign, readCredential, readPresentation } from "../lib/envelope.js";
import { kidOf } from "../lib/keys.js";
import { outline, SignedDocument } from "../lib/registry/document.js";
import { span } from "../lib/layout.js";
import { document, keyPair, resignedList, signedCredential } from "../test/make.mjs";

/** Random choices that a seed repeats. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** A number below n. */
  below(n) {
    this.state = (this.state + 0x6d2b79f5) >>> 0; // mulberry32
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  }

  one(items) {
    return items[this.below(items.length)];
  }

  chance(n) {
    return this.below(n) === 0;
  }
}

/** The pairs whose seeds the vectors name, by public key and by kid. */
export class Pairs {
  byKey = new Map();
  byKid = new Map();

  constructor(files) {
    for (const name of new Set(files.flatMap((file) => Object.keys(file.seeds)))) {
      const pair = keyPair(sha256(ascii(name)));
      this.byKey.set(toHex(pair.key), pair);
      this.byKid.set(toHex(kidOf(pair.key)), pair);
    }
    this.all = [...this.byKey.values()];
  }
}

const NUMBERS = [0, 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 23, 24, 31, 32, 99, 100, 255, 256, 3600, 65_535, 65_536, 86_400, 604_800, 1_048_575, 1_048_576, 2_932_531, 2_932_532, 253_370_764_799, 253_370_764_800, 2 ** 53 - 1, -1, -65_537];
const KEYS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 31, 32, 100, 65_533, -1, -2, -65_537, -65_538, -65_539, -65_543];
const TEXTS = ["", "CN", "CN-33", "CN-33-01", "CN-31", "CN-33-01.WJW", "CN.GJ", "US-33", "cn-33", "CN-00", "张*丰", "a\u0000", "\ufeff*", "𠮷*", "production", "test", "https://status.example.cn/hz", "https://a/", "tel:1234567", "x".repeat(129)];
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** A value with one change somewhere in it. */
export function changeValue(value, random) {
  const inside = (Array.isArray(value) ? value.length : value instanceof Map ? value.size : 0) > 0;
  if (inside && !random.chance(4)) {
    if (Array.isArray(value)) {
      const copy = [...value];
      const i = random.below(copy.length);
      copy[i] = changeValue(copy[i], random);
      return copy;
    }
    const copy = new Map(value);
    const key = random.one([...copy.keys()]);
    copy.set(key, changeValue(copy.get(key), random));
    return copy;
  }
  if (typeof value === "number") return random.chance(2) ? value + random.one([1, -1, 60, -60, 3600, 86_400, -86_400]) : random.one(NUMBERS);
  if (typeof value === "string") return random.chance(3) ? changeText(value, random) : random.one(TEXTS);
  if (value instanceof Uint8Array) return random.chance(4) ? new Uint8Array(random.below(40)) : changeBytes(value, random);
  if (Array.isArray(value)) {
    const copy = [...value];
    const i = random.below(copy.length + 1);
    const what = random.below(4);
    if (what === 0) copy.splice(i, 1);
    else if (what === 1) copy.splice(i, 0, copy[random.below(copy.length)] ?? 0);
    else if (what === 2) copy.reverse();
    else return random.one([0, "", new Map(), copy.slice(0, 1)]);
    return copy;
  }
  const copy = new Map(value);
  const key = random.one([...copy.keys(), 1]);
  const what = random.below(4);
  if (what === 0) copy.delete(key);
  else if (what === 1) copy.set(random.one(KEYS), random.one([...NUMBERS, ...TEXTS, [], new Map()]));
  else if (what === 2) {
    copy.set(random.one(KEYS), copy.get(key) ?? 0);
    copy.delete(key);
  } else copy.set(key, random.one([0, "", [], new Map(), new Uint8Array(16), copy.get(random.one([...copy.keys(), 1])) ?? 1]));
  return copy;
}

/** A text with one change. */
export function changeText(text, random) {
  const i = random.below(text.length + 1);
  const put = random.chance(8) ? random.one(["\n", "é", "\ud800", "汉", "a", "_", "\u0000"]) : random.one([...ALPHABET]);
  const what = random.below(4);
  if (what === 0) return text.slice(0, i) + text.slice(i + 1);
  if (what === 1) return text.slice(0, i) + put + text.slice(i);
  if (what === 2) return text.slice(0, i) + put + text.slice(i + 1);
  return text.slice(0, random.below(12) === 0 ? random.below(text.length + 1) : i) + text.slice(i).split("").reverse().join("").slice(0, 3) + text.slice(i + 3);
}

/** Bytes with one change. */
export function changeBytes(bytes, random) {
  const i = random.below(bytes.length + 1);
  const what = random.below(6);
  if (what < 3) {
    const copy = bytes.slice();
    if (copy.length > 0) copy[i % copy.length] ^= 1 << random.below(8);
    return copy;
  }
  if (what === 3) return concat(bytes.subarray(0, i), bytes.subarray(i + 1));
  if (what === 4) return concat(bytes.subarray(0, i), Uint8Array.of(random.below(256)), bytes.subarray(i));
  const copy = bytes.slice();
  if (copy.length > 0) copy[i % copy.length] = random.below(256);
  return copy;
}

/** A payload with a change in its bytes or in its content; the same where it cannot be read. */
function changePayload(payload, random) {
  if (random.chance(3)) return changeBytes(payload, random);
  try {
    return encode(changeValue(decode(payload, 20), random));
  } catch {
    return changeBytes(payload, random);
  }
}

/** The device key in a payload. */
function deviceOf(payload) {
  try {
    return toHex(decode(payload, 8).get(8).get(1).get(-2));
  } catch {
    return "";
  }
}

/** The text of a code with a change that its issuer or its device has signed; undefined where the keys are unknown. */
function resign(text, pairs, random) {
  const prefix = text.startsWith("HPP1:") ? "HPP1:" : "HP1:";
  const bytes = base45.decode(text.slice(prefix.length));
  try {
    const presentation = prefix === "HPP1:" ? readPresentation(bytes) : undefined;
    const credential = presentation?.credential ?? readCredential(bytes);
    const device = presentation && pairs.byKey.get(deviceOf(credential.payload));
    let inner = credential.bytes;
    if (!presentation || random.chance(2)) {
      const issuer = pairs.byKid.get(toHex(credential.kid));
      inner = signedCredential(issuer, changePayload(credential.payload, random));
    }
    if (!presentation) return prefix + base45.encode(inner);
    const payload = random.chance(2) ? changePayload(presentation.payload, random) : presentation.payload;
    const { signed, finish } = presentationToSign(inner, payload);
    return prefix + base45.encode(finish(device.sign(signed)));
  } catch {
    return undefined;
  }
}

/** What is called beside the text, with a change. */
function changeCall(call, random, exp) {
  const changes = [
    () => ({ at: random.one([call.at + 1, call.at - 1, call.at + 86_400, call.at - 86_400, exp, exp - 1, exp + 1, call.at - 61, call.at + 31, 0]) }),
    () => ({ skew: random.one([0, 1, 60, 299, 300, 301, -1]) }),
    () => ({ waive: random.one([[], ["status-unknown"], ["registry-stale"], ["clock-suspect", "presentation-required"], ["registry-stale", "clock-suspect", "status-unknown", "presentation-required"], ["expired"]]) }),
    () => ({ nonce: random.one(["0123456789abcdef", "00".repeat(8), "00".repeat(64), "00".repeat(7)]) }),
  ];
  return { ...call, ...random.one(changes)() };
}

/** A text with a change of some kind. */
export function changeCode(text, pairs, random) {
  const what = random.below(4);
  if (what === 0) return changeText(text, random);
  if (what === 1) {
    const at = text.indexOf(":") + 1;
    const bytes = base45.decode(text.slice(at));
    if (bytes) return text.slice(0, at) + base45.encode(changeBytes(bytes, random));
  }
  return resign(text, pairs, random) ?? changeText(text, random);
}

/** A case of `verify` with a change. */
export function changeVerify(request, pairs, random) {
  const changed = random.chance(5) ? request : { ...request, text: changeCode(request.text, pairs, random) };
  if (request.seen) return changed; // what the gate has seen has passed with the same call
  if (!random.chance(4) && changed !== request) return changed;
  const scope = { colors: random.one([[], [0], [0, 1, 2], [0, 1]]), max_lifetime: random.one([0, 86_400, 10 ** 9]), max_bearer_lifetime: random.one([0, 86_399, 86_400, 10 ** 9]), max_lifetime_without_status: random.one([0, 86_400, 10 ** 9]) };
  return random.chance(4) ? { ...changed, scope } : changeCall(changed, random, 1_793_577_600);
}

/** The documents and lists of a bundle; what follows no layout is one piece. */
export function split(bundle) {
  const bytes = fromHex(bundle);
  const pieces = [];
  for (let at = 0; at < bytes.length; ) {
    let end = bytes.length;
    try {
      end = toHex(bytes.subarray(at, at + 4)) === "d284582a" ? span(bytes, span(bytes, at + 47, 2).end, 2).end : outline(bytes, at).end;
    } catch {
      // the rest
    }
    pieces.push(bytes.slice(at, end));
    at = end;
  }
  return pieces;
}

/** A document or list with a change; signed anew, by those of its signers whose keys are known, or not. */
function changeDocument(bytes, pairs, random) {
  if (random.chance(5)) return changeBytes(bytes, random);
  try {
    if (bytes[0] === 0xd2) {
      const pair = pairs.byKid.get(toHex(bytes.subarray(9, 17)));
      return resignedList(pair, bytes, (payload) => changeList(payload, random));
    }
    const read = new SignedDocument(bytes, ["root", "registry", "key-request", "policy", "risk-map"]);
    const signers = read.signatures.map(({ name }) => pairs.byKid.get(name)).filter(Boolean);
    if (random.chance(5)) signers.splice(random.below(signers.length), 1);
    if (random.chance(8)) signers.push(random.one(pairs.all));
    const payload = random.chance(6) ? read.payload : changePayload(read.payload, random);
    return document(read.kind.kind, payload, [...new Set(signers)]);
  } catch {
    return changeBytes(bytes, random);
  }
}

/** The payload of a list with a change: mostly in its times, which keeps it readable. */
function changeList(payload, random) {
  if (random.chance(3)) return changeBytes(payload, random);
  const copy = payload.slice();
  const text = toHex(payload);
  const at = text.search(random.chance(2) ? /041a6/ : /061a6/);
  if (at < 0 || at % 2 !== 0) return changeBytes(payload, random);
  copy[at / 2 + 4] ^= 1 << random.below(4);
  return copy;
}

/** A world with a few changes in its steps, documents and calls. */
export function changeWorld(world, other, pairs, random) {
  let steps = world.steps.map((step) => ({ ...step }));
  for (let n = 1 + random.below(3); n > 0; n--) {
    const i = random.below(steps.length);
    const step = steps[i];
    const what = random.below(10);
    if (what === 0) steps.splice(i, 0, { do: "restart" });
    else if (what === 1) steps.splice(random.below(steps.length + 1), 0, { ...random.one(other.steps) });
    else if (what === 2) [steps[i], steps[random.below(steps.length)]] = [steps[random.below(steps.length)], steps[i]];
    else if (step?.do === "pin") steps[i] = random.chance(3) ? { ...step, version: step.version + 1 } : { ...step, ...random.one([...steps, ...other.steps].filter((one) => one.do === "pin")) };
    else if (step?.do === "verify") steps[i] = random.chance(3) ? { ...step, text: changeCode(step.text, pairs, random) } : { ...changeCall(step, random, step.at), ...(random.chance(5) && { grace: random.one([0, 1, 604_800, 604_801]) }) };
    else if (step?.do === "update") steps[i] = changeUpdate(step, [...steps, ...other.steps], pairs, random);
    steps = steps.filter(Boolean);
  }
  const policies = [...world.steps, ...other.steps].filter((step) => step.do === "policy");
  if (policies.length > 0) steps.push(random.one(policies));
  const verifies = [...world.steps, ...other.steps].filter((step) => step.do === "verify");
  if (verifies.length > 0) steps.push(random.one(verifies), random.one(verifies));
  return { ...world, steps };
}

/** An update with a change in its documents, their order, or its time. */
function changeUpdate(step, steps, pairs, random) {
  const { bundle, bundles, ...rest } = step;
  const pieces = (bundles ?? [bundle]).flatMap(split);
  const others = steps.filter((one) => one.do === "update").flatMap((one) => (one.bundles ?? [one.bundle]).flatMap(split));
  const i = random.below(pieces.length + 1);
  const what = random.below(8);
  let at = step.at;
  if (what === 0) pieces.splice(i, 1);
  else if (what === 1) pieces.splice(i, 0, random.one(others) ?? new Uint8Array());
  else if (what === 2) pieces.reverse();
  else if (what === 3) at += random.one([1, -1, 86_400, -86_400, 1_209_600, 2_764_800, -2_000_000_000]);
  else if (pieces[i]) pieces[i] = changeDocument(pieces[i], pairs, random);
  const cut = random.chance(4) ? random.below(pieces.length + 1) : undefined;
  const join = (some) => toHex(concat(...some));
  return cut === undefined ? { ...rest, at, bundle: join(pieces) } : { ...rest, at, bundles: [join(pieces.slice(0, cut)), join(pieces.slice(cut))] };
}
