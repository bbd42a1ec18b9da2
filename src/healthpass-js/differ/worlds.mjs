/** Worlds from nothing: authorities that recognise each other, rotate, revoke and withdraw, honestly and not. */

import { concat, toHex } from "../lib/bytes.js";
import { sha256 } from "../lib/digest.js";
import { credential, DAY, document, entry, issuer, list, NOW, pair, payload, recognition, registryContent, rootContent } from "../test/make.mjs";

const AUTHORITIES = ["CN", "CN-33", "CN-33-01", "CN-31", "US"];
const OFFICES = ["CN.GJ", "CN-33", "CN-33.A", "CN-33-01.WJW", "CN-33-01-06.B", "CN-31.C", "US.D"];
const BASES = ["https://a.example/x", "https://b.example/y"];
const keysOf = (kind) => new Map(OFFICES.map((id) => [id, [0, 1].map((i) => pair(`${id} ${kind} ${i}`))]));
const [CODE_KEYS, LIST_KEYS] = [keysOf("codes"), keysOf("lists")];
const [KEYS, STATUS_KEYS] = [CODE_KEYS, LIST_KEYS].map((keys) => [...keys.values()].flat());
const within = (id, authority) => id.split(".")[0] === authority || id.split(".")[0].startsWith(`${authority}-`);

/** A document's parts of an authority, each with its payload's hash. */
class Authority {
  constructor(id, random) {
    this.id = id;
    this.random = random;
    this.roots = [];
    this.registries = [];
    this.listed = []; // what its registries say of keys
    this.rootPairs = [pair(`${id} root ${random.below(2)}`)];
    this.registryPairs = [pair(`${id} registry 0`)];
    this.epoch = 1;
    this.threshold = 1;
    this.addRoot();
    for (let n = random.below(3); n > 0; n--) this.addRoot();
  }

  time(spread = 40) {
    return NOW - this.random.below(spread) * DAY + this.random.below(3) * 3600;
  }

  addRoot() {
    const { random } = this;
    const before = this.rootPairs;
    if (random.chance(3)) this.rootPairs = [pair(`${this.id} root ${random.below(3)}`), ...(random.chance(3) ? [pair(`${this.id} root x`)] : [])];
    if (this.roots.length > 0 && random.chance(3)) {
      if (!random.chance(3)) this.registryPairs = [pair(`${this.id} registry ${random.below(3)}`), ...(random.chance(3) ? [pair(`${this.id} registry y`)] : [])];
      if (!random.chance(6)) this.epoch += 1 + random.below(2);
      this.threshold = random.chance(3) ? this.registryPairs.length : 1;
    }
    this.threshold = Math.min(this.threshold, this.registryPairs.length);
    const version = this.roots.length + 1 - (random.chance(8) ? 1 : 0) || 1;
    const made = payload({
      iss: this.id, version, epoch: this.epoch, iat: this.time(), exp: NOW + (random.chance(6) ? random.below(4) - 1 : 20) * 10 * DAY,
      content: rootContent(this.rootPairs, this.registryPairs, random.chance(4) ? this.rootPairs.length : 1, this.threshold),
    });
    const signers = [...new Map([...before, ...this.rootPairs].map((one) => [toHex(one.key), one])).values()];
    this.roots.push({ version, hash: sha256(made), bytes: document("root", made, signers), registryPairs: this.registryPairs, epoch: this.epoch });
  }

  addRegistry(authorities, version) {
    const { random } = this;
    const of = random.chance(6) ? random.one(this.roots) : this.roots.at(-1);
    const offices = OFFICES.filter((id) => within(id, this.id) && !random.chance(3));
    const listedHere = new Set();
    const issuers = offices.map((id) => {
      const entries = [];
      const base = random.chance(8) ? undefined : random.chance(4) ? random.one(BASES) : BASES[0];
      for (const own of [...CODE_KEYS.get(id), ...LIST_KEYS.get(id)]) {
        const key = random.chance(15) ? random.one([...KEYS, ...STATUS_KEYS]) : own;
        if (random.chance(4) || listedHere.has(key)) continue;
        listedHere.add(key);
        const use = STATUS_KEYS.includes(key) !== random.chance(20) ? 2 : 1;
        const from = NOW - (random.chance(4) ? random.below(20) : 30) * DAY;
        this.listed.push({ id, key, use, base });
        entries.push(entry(key, {
          use, from, until: from + (random.chance(4) ? random.below(40) + 1 : 200) * DAY,
          ...(random.chance(6) && { retired: [NOW - random.below(20) * DAY, 1] }),
          ...(random.chance(16) && { revoked: [NOW - random.below(20) * DAY, random.below(3)] }),
          ...(random.chance(5) && { scope: new Map([[1, random.one([[0], [0, 1]])], [2, random.one([DAY, 9 * DAY])], [3, random.one([0, DAY, 9 * DAY])], [4, random.one([0, DAY, 9 * DAY])]]) }),
        }));
      }
      return issuer(id, entries, base);
    });
    const others = authorities.filter((other) => other.id !== this.id && random.chance(2));
    const recognitions = others.map((other) => {
      const root = random.one(other.roots);
      const from = NOW - random.below(20) * DAY + (random.chance(4) ? 10 * DAY : 0);
      return recognition(other.id, root.hash, { version: root.version, from, until: from + (1 + random.below(40)) * DAY });
    });
    const previous = random.chance(2) ? this.registries.at(-1)?.hash : undefined;
    const iat = NOW - random.below(6) * DAY + random.below(9);
    const made = payload({
      iss: this.id, version, epoch: random.chance(20) ? of.epoch + 1 : of.epoch, iat, exp: iat + (random.chance(3) ? 1 + random.below(31) : 30) * DAY,
      content: registryContent(issuers, recognitions, previous),
    });
    const signers = random.chance(12) ? of.registryPairs.slice(0, 1) : of.registryPairs;
    this.registries.push({ hash: sha256(made), bytes: document("registry", made, signers) });
  }
}

/** A list of an office: mostly as a registry lists it. */
function someList(random, listed) {
  const iat = NOW - random.below(random.chance(3) ? 20 : 5) * DAY + random.below(3) * 60;
  const one = listed.filter(({ use }) => use === 2);
  const { key, base = random.one(BASES) } = one.length > 0 && !random.chance(6) ? random.one(one) : { key: random.one(STATUS_KEYS) };
  return list(key, {
    sub: `${base}/${random.one([0, 0, 0, 1])}`, iat, exp: iat + (random.chance(3) ? 1 + random.below(7) : 7) * DAY, size: random.one([1, 2]),
    bits: random.one([1, 1, 1, 2]), values: random.chance(3) ? { 5: 1 } : random.chance(6) ? { 5: 2 } : {},
  });
}

/** A code of an office: mostly of one that a registry lists, by its key. */
function someCode(random, listed) {
  const nbf = NOW - random.below(random.chance(3) ? 15 : 3) * DAY;
  const health = random.chance(6) ? { color: 1, 4: 2 } : {};
  const one = listed.filter(({ use }) => use === 1);
  const { key, id } = one.length > 0 && !random.chance(8) ? random.one(one) : { key: random.one([...KEYS, ...STATUS_KEYS]), id: random.one(OFFICES) };
  return credential(key, {
    iss: random.chance(12) ? random.one(OFFICES) : id, nbf, exp: nbf + random.one([4, 8, 9, 20]) * DAY,
    health: { ...health, ...(random.chance(2) && { 7: [random.one([0, 0, 0, 1]), random.one([5, 5, 6, 100])] }) },
  });
}

/** A world: pins, updates in several parts and orders, and many codes. */
export function someWorld(random) {
  const authorities = AUTHORITIES.filter(() => !random.chance(4)).map((id) => new Authority(id, random));
  if (authorities.length === 0) authorities.push(new Authority("CN-33", random));
  for (const authority of authorities) for (let n = 1 + random.below(3), version = 1; n > 0; n--, version += random.chance(5) ? 0 : 1) authority.addRegistry(authorities, version);
  const anchors = authorities.filter(() => random.chance(2));
  if (anchors.length === 0) anchors.push(random.one(authorities));
  const pin = (authority) => {
    const root = random.one([authority.roots[0], authority.roots[0], random.one(authority.roots)]);
    return { do: "pin", authority: authority.id, version: root.version, hash: toHex(root.hash) };
  };
  const steps = anchors.map(pin);
  const listed = authorities.flatMap((authority) => authority.listed);
  const documents = [...authorities.flatMap(({ roots, registries }) => [...roots, ...registries].map(({ bytes }) => bytes)), ...Array.from({ length: random.below(8) }, () => someList(random, listed))];
  let at = NOW - random.below(3) * DAY;
  for (let n = 1 + random.below(4); n > 0; n--) {
    const mine = documents.filter(() => n === 1 || !random.chance(3));
    if (random.chance(4)) mine.sort(() => random.below(3) - 1);
    steps.push({ do: "update", at, bundle: toHex(concat(...mine)) });
    for (let k = 2 + random.below(3); k > 0; k--) steps.push(someVerify(random, at, listed));
    if (random.chance(4)) steps.push(pin(random.one(authorities)));
    if (random.chance(6)) steps.push({ do: "restart" });
    if (random.chance(3)) documents.push(someList(random, listed));
    at += random.below(4) * random.one([3600, 3600, DAY, DAY, 8 * DAY, 20 * DAY]);
  }
  for (let k = 6; k > 0; k--) steps.push(someVerify(random, at, listed));
  return { op: "world", environment: "production", steps };
}

/** A code that is judged in some way. */
function someVerify(random, at, listed) {
  const waive = ["registry-stale", "clock-suspect", "status-unknown"].filter(() => random.chance(3));
  return { do: "verify", at: random.chance(4) ? at + (random.below(12) - 4) * DAY : at, text: someCode(random, listed), waive, grace: random.one([0, 0, 2 * DAY]), names: true };
}
