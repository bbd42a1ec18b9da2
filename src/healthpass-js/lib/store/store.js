/** The trust store: anchors, the states under them, updates (registry.md, section 6). */

import { CallError, StoreError } from "../errors.js";
import { toHex } from "../bytes.js";
import { bestEngine } from "../engines.js";
import { calledAt } from "../numbers.js";
import { isIssuerId, isRegionId } from "../regions.js";
import { isBytes, isEnvironment, isPositive } from "../registry/maps.js";
import { readSources } from "./bundle.js";
import { readPins, readState, writePins, writeState } from "./format.js";
import { dropOldestList, forgetOld, holdLimits, takeLists, weight } from "./lists.js";
import { inForceOf } from "./inforce.js";
import { Paths } from "./paths.js";
import { dropOldestPolicy, holdPolicyLimits, takePolicies, weightOfPolicies } from "./policies.js";
import { takeRegistries } from "./registries.js";
import { takeRoots } from "./roots.js";
import { State, stateName } from "./state.js";
import { MemoryStorage } from "./storage.js";
import { Update } from "./update.js";

/** @typedef {import("./state.js").Pin} Pin */
/** @typedef {import("../engines.js").Engine} Engine */

const KEPT = 2_764_800; // UPD-12.2
const MOST_KEPT = 512; // UPD-12.3
const MOST_LISTS = 1_073_741_824; // STL-8
const MOST_POLICIES = 67_108_864; // POL-6
const PINS = "pins";

export class TrustStore {
  /** @type {Map<string, Pin>} */
  #pins = new Map();
  /** @type {Map<string, State>} */
  #states = new Map();
  /** @type {import("./storage.js").Storage} */
  #storage;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** @type {Paths | undefined} */
  #paths;

  /** Use `TrustStore.open()`. @param {string} environment @param {import("./storage.js").Storage} storage @param {Engine | Promise<Engine>} engine */
  constructor(environment, storage, engine) {
    this.environment = environment;
    this.#storage = storage;
    this.engine = engine;
  }

  /**
   * Opens a store, with what its storage holds.
   * @param {{environment?: string, storage?: import("./storage.js").Storage, engine?: Engine}} [options] `production` and
   *   memory by default
   * @returns {Promise<TrustStore>}
   * @throws {CallError} for what is no environment (DOC-10)
   * @throws {StoreError} for a storage that cannot be read, or is of another environment: nothing is changed (UPD-11)
   */
  static async open({ environment = "production", storage = new MemoryStorage(), engine } = {}) {
    if (!isEnvironment(environment)) throw new CallError(`not an environment: ${String(environment)}`);
    const store = new TrustStore(environment, storage, engine ?? bestEngine());
    try {
      for (const [name, bytes] of await storage.all()) {
        if (name !== PINS) {
          store.#states.set(name, readState(bytes));
          continue;
        }
        const kept = readPins(bytes);
        if (kept.environment !== environment) throw new Error(`it is of the environment ${kept.environment}`);
        store.#pins = kept.pins;
      }
    } catch (error) {
      throw new StoreError(`the store cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    await store.#settle();
    return store;
  }

  /** The authorities that somebody pinned, ascending. @returns {string[]} */
  get anchors() {
    return [...this.#pins.keys()].sort();
  }

  /** When the root and the registry of an anchor expire, and of what dates they are. @param {string} anchor @returns {{expires: number, issued: number} | undefined} undefined without a usable registry */
  freshness(anchor) {
    const state = this.#states.get(stateName(anchor, anchor));
    const [root, registry] = [state?.current, state?.usable];
    if (!root || !registry) return undefined;
    return { expires: Math.min(root.head.exp, registry.head.exp), issued: registry.head.iat };
  }

  /** Both documents of each equivocation and broken chain (UPD-9). @param {string} anchor @param {string} authority @returns {readonly Uint8Array[]} */
  evidence(anchor, authority) {
    return this.#states.get(stateName(anchor, authority))?.evidence ?? [];
  }

  /**
   * Makes an authority an anchor, or gives it another pin. People compare the hash by other means.
   * @param {string} authority region id
   * @param {number} version of its root
   * @param {Uint8Array} hash SHA-256 of that root's payload
   */
  async pin(authority, version, hash) {
    if (!isRegionId(authority)) throw new CallError(`not a region id: ${String(authority)}`);
    if (!isPositive(version)) throw new CallError(`not a version: ${String(version)}`);
    if (!(hash instanceof Uint8Array) || !isBytes(hash, 32)) throw new CallError("the hash of a root has 32 bytes");
    await this.#alone(async () => {
      const pins = new Map(this.#pins).set(authority, { version, hash: hash.slice() });
      await this.#put(PINS, writePins(pins, this.environment));
      this.#pins = pins;
      await this.#settle();
    });
  }

  /** Forgets an anchor and all that it recognises. @param {string} authority */
  async unpin(authority) {
    await this.#alone(async () => {
      const pins = new Map(this.#pins);
      pins.delete(authority);
      await this.#put(PINS, writePins(pins, this.environment));
      this.#pins = pins;
      for (const [name, state] of this.#states) if (state.anchor === authority) await this.#drop(name);
      await this.#settle();
    });
  }

  /**
   * Takes what is new (UPD-2).
   * @param {Uint8Array | readonly Uint8Array[]} sources bundles, each a source of its own
   * @param {number} at seconds since 1970
   * @returns {Promise<import("./update.js").Entry[]>} what became of each document
   * @throws {StoreError} if a state could not be kept; the others are updated
   */
  async update(sources, at) {
    calledAt("at", at);
    const offers = readSources(sources instanceof Uint8Array ? [sources] : sources);
    return this.#alone(async () => {
      const update = new Update({ at, environment: this.environment, engine: await this.engine, states: this.#states });
      /** @type {StoreError[]} */
      const failures = [];
      const take = async (/** @type {string} */ anchor, /** @type {string} */ authority, /** @type {Pin} */ pin) => {
        await this.#take(anchor, authority, pin, offers, update).catch((error) => {
          if (!(error instanceof StoreError)) throw error;
          failures.push(error);
        });
      };
      for (const anchor of this.anchors) await take(anchor, anchor, /** @type {Pin} */ (this.#pins.get(anchor)));
      await this.#settle();
      const floor = this.#floor();
      for (const anchor of this.anchors) await this.#forget(stateName(anchor, anchor), floor);
      for (const { anchor, authority, pin } of this.#others()) {
        if (pin) await take(anchor, authority, pin);
        await this.#forget(stateName(anchor, authority), floor);
      }
      await this.#holdLimits();
      const told = new Set(update.entries.map((entry) => entry.document));
      for (const { index, outcome } of offers) if (!told.has(index)) update.tell(index, undefined, outcome ?? "unknown-signer"); // UPD-3.3
      if (failures[0]) throw failures[0];
      return update.result();
    });
  }

  /** Step 3 of VER-1 (PTH-5). @param {Uint8Array} kid @param {import("../edges.js").Call} call @returns {{edges: import("../edges.js").Edge[], otherwise: string}} */
  find(kid, call) {
    return this.#currentPaths().find(toHex(kid), call.at, call.waive.has("registry-stale"));
  }

  /**
   * The policy of an office that is in force, and the maps that it names: what decide() takes (POL-7).
   * @param {string} office issuer id @param {number} at seconds since 1970
   * @returns {{policy?: import("../decision/policy.js").Policy, maps: import("../decision/map.js").MapInForce[]}}
   */
  inForce(office, at) {
    calledAt("at", at);
    if (!isIssuerId(office)) throw new CallError(`not an issuer id: ${String(office)}`);
    return inForceOf(this.#currentPaths(), office, at);
  }

  /** One change after the other. @template T @param {() => Promise<T>} act @returns {Promise<T>} */
  #alone(act) {
    const result = this.#last.then(act);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** @returns {Paths} */
  #currentPaths() {
    this.#paths ??= new Paths(new Map(this.#states), this.anchors, this.environment, this.#floor());
    return this.#paths;
  }

  /** The clock floor (UPD-12.1). @returns {number} */
  #floor() {
    return Math.max(0, ...this.anchors.map((anchor) => this.#states.get(stateName(anchor, anchor))?.floor ?? 0));
  }

  /** One state of an update: it changes entirely or not at all. @param {string} anchor @param {string} authority @param {Pin} pin @param {import("./bundle.js").Offer[]} offers @param {Update} update */
  async #take(anchor, authority, pin, offers, update) {
    const name = stateName(anchor, authority);
    const before = this.#states.get(name);
    const state = before?.copy() ?? new State(anchor, authority);
    await takeRoots(state, pin, offers, update);
    await state.settle(pin, update.engine);
    if (state.isPinned) {
      await takeRegistries(state, offers, update);
      await takePolicies(state, offers, update);
      await takeLists(state, offers, update);
    }
    holdLimits(state);
    holdPolicyLimits(state);
    if (!before && state.chain.length === 0) return;
    await this.#keep(name, state);
  }

  /** @param {string} name @param {State} state */
  async #keep(name, state) {
    await this.#put(name, writeState(state));
    this.#states.set(name, state);
    this.#paths = undefined;
  }

  /** @param {string} name */
  async #drop(name) {
    this.#states.delete(name);
    this.#paths = undefined;
    await this.#storage.remove(name);
  }

  /** @param {string} name @param {Uint8Array} bytes */
  async #put(name, bytes) {
    try {
      await this.#storage.put(name, bytes);
    } catch (error) {
      throw new StoreError(`${name} could not be kept`, error);
    }
  }

  /** Finds out which pins are on their chains, and which registries are usable: the anchors' first. */
  async #settle() {
    this.#paths = undefined;
    const engine = await this.engine;
    const states = [...this.#states.values()];
    for (const state of states) if (state.isOwn) await state.settle(this.#pins.get(state.anchor), engine);
    for (const state of states) {
      const own = this.#states.get(stateName(state.anchor, state.anchor));
      if (!state.isOwn) await state.settle(own?.usable?.content.recognitions.get(state.authority), engine);
    }
  }

  /** Those whom the anchors recognise, and those whom they did: by anchor and authority. @returns {{anchor: string, authority: string, pin: Pin | undefined}[]} */
  #others() {
    return this.anchors.flatMap((anchor) => {
      const recognitions = this.#states.get(stateName(anchor, anchor))?.usable?.content.recognitions;
      const held = [...this.#states.values()].filter((state) => state.anchor === anchor && !state.isOwn);
      const authorities = new Set([...(recognitions?.keys() ?? []), ...held.map((state) => state.authority)]);
      return [...authorities].sort().map((authority) => ({ anchor, authority, pin: recognitions?.get(authority) }));
    });
  }

  /** Forgets what is too old of a state (UPD-12.2, STL-9). @param {string} name @param {number} floor */
  async #forget(name, floor) {
    const state = this.#states.get(name);
    if (!state) return;
    const isOld = !state.isOwn && !state.pin && !(state.registry && floor < state.registry.head.iat + KEPT);
    if (isOld) return this.#drop(name);
    const changed = state.copy();
    if (forgetOld(changed, floor)) await this.#keep(name, changed);
  }

  /** Forgets what is too much (UPD-12.3, STL-8). */
  async #holdLimits() {
    for (const anchor of this.anchors) {
      const mine = [...this.#states].filter(([, state]) => state.anchor === anchor && !state.isOwn);
      const kept = mine.filter(([, state]) => state.pin === undefined);
      kept.sort(([, a], [, b]) => (a.registry?.head.iat ?? 0) - (b.registry?.head.iat ?? 0));
      for (const [name] of kept.slice(0, Math.max(0, kept.length - MOST_KEPT))) await this.#drop(name);
      const names = mine.map(([name]) => name);
      await this.#lighten(names, { weigh: weight, most: MOST_LISTS, drop: dropOldestList }); // STL-8
      await this.#lighten(names, { weigh: weightOfPolicies, most: MOST_POLICIES, drop: dropOldestPolicy }); // POL-6
    }
  }

  /**
   * Holds a limit on all whom an anchor recognises: the state that has most loses its oldest (STL-8, POL-6).
   * @param {string[]} names
   * @param {{weigh: (state: State) => number, most: number, drop: (state: State) => unknown}} limit
   */
  async #lighten(names, { weigh, most, drop }) {
    for (;;) {
      const states = names.flatMap((name) => this.#states.get(name) ?? []);
      const heaviest = states.reduce((/** @type {State | undefined} */ best, one) => (!best || weigh(one) > weigh(best) ? one : best), undefined);
      if (!heaviest || states.reduce((sum, state) => sum + weigh(state), 0) <= most) return;
      const changed = heaviest.copy();
      drop(changed);
      await this.#keep(stateName(changed.anchor, changed.authority), changed);
    }
  }
}
