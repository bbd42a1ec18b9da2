/** The bytes in which a store keeps a state: its own, and no part of HP1. */

import { hex, toHex } from "../bytes.js";
import { decode, encode } from "../cbor.js";
import { SignedDocument } from "../registry/document.js";
import { readRegistry } from "../registry/registry.js";
import { readRoot } from "../registry/root.js";
import { StatusList } from "../status/list.js";
import { listName, officeName, State } from "./state.js";

/** @typedef {import("../cbor.js").Value} Value */

const VERSION = 1;

/** @param {State} state @returns {Uint8Array} */
export function writeState(state) {
  const lists = [...state.lists.values()].map((held) => [held.issuer, held.number, hex(held.key), held.iat, ...(held.list ? [held.list.bytes] : [])]);
  return encode([
    VERSION,
    state.anchor,
    state.authority,
    state.chain.map((root) => root.document.bytes),
    state.registry ? [state.registry.document.bytes] : [],
    lists,
    [...state.seen].map(([epoch, { version, name }]) => [epoch, version, hex(name)]),
    [state.taken.root, state.taken.registry],
    state.evidence,
    [...state.ofOffices.values()].map(({ kind, office, key, iat, document }) => [kind, office, hex(key), iat, ...(document ? [document.bytes] : [])]),
  ]);
}

/** @param {Uint8Array} bytes @returns {State} @throws {Error} for bytes that no store of this kind wrote */
export function readState(bytes) {
  const parts = /** @type {any} */ (decode(bytes, 4));
  const [version, anchor, authority, chain, registry, lists, seen, taken, evidence, ofOffices = []] = parts;
  if (version !== VERSION) throw new Error(`a state of the form ${version}: this version reads ${VERSION}`);
  const state = new State(anchor, authority);
  state.chain = chain.map((/** @type {Uint8Array} */ root) => readRoot(new SignedDocument(root, ["root"])));
  if (registry.length > 0) state.registry = readRegistry(new SignedDocument(registry[0], ["registry"]));
  for (const [issuer, number, key, iat, list] of lists) {
    const name = toHex(key);
    state.lists.set(listName(issuer, number, name), { issuer, number, key: name, iat, ...(list && { list: new StatusList(list) }) });
  }
  for (const [epoch, of, name] of seen) state.seen.set(epoch, { version: of, name: toHex(name) });
  state.taken = { root: taken[0], registry: taken[1] };
  state.evidence = evidence;
  for (const [kind, office, key, iat, document] of ofOffices) {
    const held = { kind, office, key: toHex(key), iat, ...(document && { document: new SignedDocument(document, [kind]) }) };
    state.ofOffices.set(officeName(kind, office, held.key), held);
  }
  return state;
}

/** @param {ReadonlyMap<string, import("./state.js").Pin>} pins @param {string} environment @returns {Uint8Array} */
export function writePins(pins, environment) {
  return encode([VERSION, environment, [...pins].map(([authority, { version, hash }]) => [authority, version, hash])]);
}

/** @param {Uint8Array} bytes @returns {{environment: string, pins: Map<string, import("./state.js").Pin>}} */
export function readPins(bytes) {
  const [form, environment, rows] = /** @type {any} */ (decode(bytes, 4));
  if (form !== VERSION) throw new Error(`pins of the form ${form}: this version reads ${VERSION}`);
  const pins = rows.map((/** @type {[string, number, Uint8Array]} */ [authority, version, hash]) => [authority, { version, hash }]);
  return { environment, pins: new Map(pins) };
}
