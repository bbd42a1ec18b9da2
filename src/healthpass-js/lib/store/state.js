/** What a store holds of one authority under one anchor (registry.md, section 6). */

import { equal } from "../bytes.js";

/** @typedef {import("../registry/root.js").Root} Root */
/** @typedef {import("../registry/registry.js").Registry} Registry */
/** @typedef {import("../registry/document.js").SignedDocument} SignedDocument */
/** @typedef {import("../status/list.js").StatusList} StatusList */

/** @typedef {{version: number, hash: Uint8Array}} Pin */
/** @typedef {{issuer: string, number: number, key: string, iat: number, list?: StatusList}} HeldList the list may be gone */
/** @typedef {{kind: string, office: string, key: string, iat: number, document?: SignedDocument}} HeldOfOffice the same */
/** @typedef {{version: number, name: string}} Seen the newest registry of an epoch: its version, its payload's hash */

export class State {
  /** The pinned root, and each next link that was taken. @type {Root[]} */
  chain = [];
  /** The registry that was taken last. @type {Registry | undefined} */
  registry;
  /** @type {Map<string, HeldList>} */
  lists = new Map();
  /** Policies and risk maps. @type {Map<string, HeldOfOffice>} */
  ofOffices = new Map();
  /** By epoch, the one that has been current least recently first. @type {Map<string, Seen>} */
  seen = new Map();
  /** When the current root and the registry were taken. */
  taken = { root: 0, registry: 0 };
  /** Both documents of each equivocation and broken chain (UPD-9). @type {Uint8Array[]} */
  evidence = [];

  /** Derived, never kept: whether the pin is on the chain, and whether the registry is usable. */
  isPinned = false;
  isUsable = false;
  /** Derived, never kept. @type {Pin | undefined} */
  pin;

  /** @param {string} anchor @param {string} authority */
  constructor(anchor, authority) {
    this.anchor = anchor;
    this.authority = authority;
  }

  /** @returns {boolean} */
  get isOwn() {
    return this.anchor === this.authority;
  }

  /** @returns {Root | undefined} */
  get current() {
    return this.chain[this.chain.length - 1];
  }

  /** The registry, if it is usable. @returns {Registry | undefined} */
  get usable() {
    return this.isUsable ? this.registry : undefined;
  }

  /** A state that can be changed while this one stands. @returns {State} */
  copy() {
    const copy = new State(this.anchor, this.authority);
    copy.chain = [...this.chain];
    copy.registry = this.registry;
    copy.lists = new Map(this.lists);
    copy.ofOffices = new Map(this.ofOffices);
    copy.seen = new Map(this.seen);
    copy.taken = { ...this.taken };
    copy.evidence = [...this.evidence];
    copy.isPinned = this.isPinned;
    copy.isUsable = this.isUsable;
    copy.pin = this.pin;
    return copy;
  }

  /** Where the pin stands on the chain, or -1. @param {Pin | undefined} pin @returns {number} */
  indexOf(pin) {
    return pin ? this.chain.findIndex(({ document, head }) => head.version === pin.version && equal(document.hash, pin.hash)) : -1;
  }

  /**
   * Finds out whether the pin is on the chain, and whether the held registry is usable.
   * @param {Pin | undefined} pin @param {import("../engines.js").Engine} engine
   */
  async settle(pin, engine) {
    this.pin = pin;
    this.isPinned = this.indexOf(pin) >= 0;
    this.isUsable = false;
    const { current, registry } = this;
    if (!this.isPinned || !current || !registry || registry.head.epoch !== current.head.epoch) return;
    const { registryKeys, registryThreshold } = current.content;
    const { signers } = await registry.document.signers(engine, registryKeys);
    this.isUsable = signers >= registryThreshold;
  }

  /** The clock floor by this state, if it is an anchor's own (UPD-12.1). @returns {number} */
  get floor() {
    const root = this.isPinned && this.current ? Math.min(this.current.head.iat, this.taken.root) : 0;
    const registry = this.usable ? Math.min(this.usable.head.iat, this.taken.registry) : 0;
    return Math.max(root, registry);
  }
}

/** The name of a list in a state. @param {string} issuer @param {number} number @param {string} key @returns {string} */
export function listName(issuer, number, key) {
  return `${issuer} ${number} ${key}`;
}

/** The name of a policy or a map in a state. @param {string} kind @param {string} office @param {string} key @returns {string} */
export function officeName(kind, office, key) {
  return `${kind} ${office} ${key}`;
}

/** The name of a state in a store. @param {string} anchor @param {string} authority @returns {string} */
export function stateName(anchor, authority) {
  return `${anchor}~${authority}`;
}

