/** The status lists of a state (STL-8, STL-9). */

import { need } from "../errors.js";
import { equal } from "../bytes.js";
import { FOR_STATUS } from "../registry/registry.js";
import { wordOf } from "./roots.js";
import { listName } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").HeldList} HeldList */
/** @typedef {import("./update.js").Update} Update */
/** @typedef {import("../registry/registry.js").Issuer} Issuer */
/** @typedef {import("../registry/registry.js").KeyEntry} KeyEntry */
/** @typedef {import("../status/list.js").StatusList} StatusList */

const AHEAD = 86_400;
const MEMORY = 1_209_600; // STL-9
const MOST_OF_ISSUER = 4096;
const MOST_BYTES = 67_108_864;
const MOST_OWN_BYTES = 268_435_456;
const MOST_IATS = 16_384;

/** The number of a list at an issuer's address, or undefined (STL-8.4). @param {string} sub @param {string | undefined} base @returns {number | undefined} */
export function numberOf(sub, base) {
  if (base === undefined || !sub.startsWith(`${base}/`)) return undefined;
  const digits = sub.slice(base.length + 1);
  if (!/^(?:0|[1-9][0-9]{0,4})$/.test(digits)) return undefined;
  const number = Number(digits);
  return number < 65_536 ? number : undefined;
}

/** Takes one list of an issuer. @param {StatusList} list @param {Issuer} issuer @param {KeyEntry} entry @param {State} state @param {Update} update */
async function takeOne(list, issuer, entry, state, update) {
  need(await list.verifies(update.engine, entry.publicKey), "bad-signature"); // STL-8.1
  need(!entry.revoked, "unknown-signer"); // STL-8.2
  const { sub, iat } = list.claims(); // STL-8.3
  const number = numberOf(sub, issuer.status);
  need(number !== undefined, "wrong-authority"); // STL-8.4
  need(iat <= update.at + AHEAD, "dated-ahead"); // STL-8.5
  const name = listName(issuer.id, number, entry.name);
  need(iat >= update.newestIat(state, name), "rollback"); // STL-8.6
  const held = state.lists.get(name);
  if (held?.list && iat === held.iat) {
    update.suspect(state, list.bytes, held.list.bytes, 4);
    need(false, "equivocation"); // STL-8.7
  }
  state.lists.delete(name);
  state.lists.set(name, { issuer: issuer.id, number, key: entry.name, iat, list });
}

/**
 * Takes the lists that are offered.
 * @param {State} state a copy that may be changed
 * @param {import("./bundle.js").Offer[]} offers @param {Update} update
 */
export async function takeLists(state, offers, update) {
  const registry = state.usable;
  if (!registry) return;
  for (const { index, list } of offers) {
    if (!list) continue;
    const found = registry.withKid(list.kid).find(({ entry }) => entry.use === FOR_STATUS);
    if (!found) continue;
    const { issuer, entry } = found;
    const same = [...state.lists.values()].some((held) => held.issuer === issuer.id && held.list && equal(held.list.bytes, list.bytes));
    const word = same ? "unchanged" : ((await wordOf(() => takeOne(list, issuer, entry, state, update))) ?? "applied");
    update.tell(index, state, word);
  }
}

/** What the lists of a state weigh. @param {State} state @returns {number} */
export function weight(state) {
  let bytes = 0;
  for (const { list } of state.lists.values()) bytes += list?.bytes.length ?? 0;
  return bytes;
}

/** Forgets old lists, with their iats (STL-9). @param {State} state @param {number} floor @returns {boolean} whether there were any */
export function forgetOld(state, floor) {
  const before = state.lists.size;
  for (const [name, { iat }] of state.lists) if (floor >= iat + MEMORY) state.lists.delete(name);
  return state.lists.size !== before;
}

/** Takes a list away, and leaves its iat. @param {State} state @param {HeldList} held */
function drop(state, held) {
  const { list: _, ...iat } = held;
  state.lists.set(listName(held.issuer, held.number, held.key), iat);
}

/** The group that has most, and what it has, oldest first. @template T @param {Iterable<T>} items @param {(item: T) => string} group @param {(item: T) => number} size @returns {T[]} */
export function largest(items, group, size) {
  /** @type {Map<string, {size: number, items: T[]}>} */
  const groups = new Map();
  for (const item of items) {
    const of = groups.get(group(item)) ?? { size: 0, items: [] };
    of.size += size(item);
    of.items.push(item);
    groups.set(group(item), of);
  }
  return [...groups.values()].reduce((best, one) => (one.size > best.size ? one : best), { size: -1, items: [] }).items;
}

/** Holds the limits of one state (STL-8). @param {State} state */
export function holdLimits(state) {
  const held = () => [...state.lists.values()].filter((one) => one.list);
  const isEnded = (/** @type {HeldList} */ one) => {
    const entry = state.usable?.entry(one.issuer, one.key);
    return !entry || entry.use !== FOR_STATUS || entry.revoked !== undefined;
  };
  /** @param {HeldList[]} lists */
  const dropOldest = (lists) => {
    const [first] = [...lists].sort((a, b) => Number(isEnded(b)) - Number(isEnded(a)) || a.iat - b.iat);
    if (first) drop(state, first);
  };
  const most = state.isOwn ? MOST_OWN_BYTES : MOST_BYTES;
  while (weight(state) > most) dropOldest(largest(held(), (one) => one.issuer, (one) => one.list?.bytes.length ?? 0));
  for (;;) {
    const lists = largest(held(), (one) => one.issuer, () => 1);
    if (lists.length <= MOST_OF_ISSUER) break;
    dropOldest(lists);
  }
  while (state.lists.size > MOST_IATS) {
    const iats = largest(state.lists.values(), (one) => one.key, () => 1);
    const oldest = iats.reduce((a, b) => (b.iat < a.iat ? b : a));
    state.lists.delete(listName(oldest.issuer, oldest.number, oldest.key));
  }
}

/** Takes the oldest list of a state away. @param {State} state @returns {boolean} whether there was one */
export function dropOldestList(state) {
  const lists = [...state.lists.values()].filter((one) => one.list);
  const [first] = lists.sort((a, b) => a.iat - b.iat);
  if (first) drop(state, first);
  return first !== undefined;
}
