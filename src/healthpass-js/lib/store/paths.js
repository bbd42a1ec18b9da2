/** Who speaks for a name, and the edges of a kid (PTH-1 to PTH-5, STL-11). */

import { nearest, regionOf } from "../regions.js";
import { FOR_CREDENTIALS, FOR_STATUS } from "../registry/registry.js";
import { meet } from "../scope.js";
import { numberOf } from "./lists.js";
import { listName, stateName } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../registry/registry.js").Registry} Registry */
/** @typedef {import("../registry/registry.js").Recognition} Recognition */
/** @typedef {import("../registry/registry.js").Issuer} Issuer */
/** @typedef {import("../registry/registry.js").KeyEntry} KeyEntry */
/** @typedef {import("../edges.js").Edge} Edge */
/** @typedef {import("../status/list.js").StatusList} StatusList */

/** @typedef {{own: State, state: State, recognition?: Recognition}} Way a path: an anchor's own, or to whom it recognises */

/** What the paths of a store are made from. */
export class Paths {
  /**
   * @param {ReadonlyMap<string, State>} states by name
   * @param {readonly string[]} anchors ascending
   * @param {string} environment
   * @param {number} floor
   */
  constructor(states, anchors, environment, floor) {
    this.states = states;
    this.anchors = anchors;
    this.environment = environment;
    this.floor = floor;
  }

  /** The paths in force: anchors' own, then the others by anchor and authority (PTH-1, PTH-2, PTH-12.4). @param {number} at @returns {Way[]} */
  inForce(at) {
    const own = this.anchors.flatMap((anchor) => this.states.get(stateName(anchor, anchor)) ?? []).filter((state) => state.isUsable);
    const others = own.flatMap((state) => {
      const recognitions = [...(state.usable?.content.recognitions.values() ?? [])];
      return recognitions.flatMap((recognition) => {
        const other = this.states.get(stateName(state.anchor, recognition.authority));
        const isInForce = other?.isUsable && recognition.from <= at && at < recognition.until;
        return isInForce ? [{ own: state, state: other, recognition }] : [];
      });
    });
    return [...own.map((state) => ({ own: state, state })), ...others];
  }

  /** Whether the authority of a path speaks for an issuer (PTH-3). @param {Way} way @param {string} issuer @param {number} at @returns {boolean} */
  speaks({ own, state }, issuer, at) {
    const region = regionOf(issuer);
    const owner = nearest(region, this.anchors);
    if (owner !== undefined && owner !== own.anchor) return false; // PTH-3.1
    const recognitions = [...(own.usable?.content.recognitions.values() ?? [])];
    const begun = recognitions.filter(({ from }) => from <= at).map(({ authority }) => authority);
    return nearest(region, [own.anchor, ...begun]) === state.authority; // PTH-3.2
  }

  /** Step 3 of VER-1 (PTH-5). @param {string} kid @param {number} at @param {boolean} waivesStale @returns {{edges: Edge[], otherwise: string}} */
  find(kid, at, waivesStale) {
    const edges = this.inForce(at).flatMap((way) => {
      const found = way.state.usable?.withKid(kid) ?? [];
      return found.filter(({ issuer }) => this.speaks(way, issuer.id, at)).map(({ issuer, entry }) => this.#edge(way, issuer, entry));
    });
    return { edges, otherwise: this.#otherwise(kid, at, waivesStale) };
  }

  /** The verdict where there is no edge (PTH-5). @param {string} kid @param {number} at @param {boolean} waivesStale @returns {string} */
  #otherwise(kid, at, waivesStale) {
    for (const state of this.states.values()) {
      if (!state.isOwn && state.registry && state.registry.withKid(kid).length > 0) return "not-recognised";
    }
    const isStale = (/** @type {string} */ anchor) => {
      const state = this.states.get(stateName(anchor, anchor));
      return !state?.isUsable || at >= expiry(state);
    };
    return !waivesStale && this.anchors.some(isStale) ? "registry-stale" : "unknown-key";
  }

  /** @param {Way} way @param {Issuer} issuer @param {KeyEntry} entry @returns {Edge} */
  #edge(way, issuer, entry) {
    const { own, state, recognition } = way;
    const registry = /** @type {Registry} */ (state.usable);
    const ownRegistry = /** @type {Registry} */ (own.usable);
    const { revoked, retired } = endings(way, issuer.id, entry.name);
    return {
      publicKey: entry.publicKey,
      issuer: issuer.id,
      environment: this.environment,
      revoked,
      staleAt: Math.min(expiry(state), expiry(own)),
      forCredentials: entry.use === FOR_CREDENTIALS,
      from: entry.from,
      until: entry.until,
      retired,
      scope: recognition ? meet(entry.scope, recognition.scope) : entry.scope, // SCP-5
      floor: this.floor,
      withdraws: (list, index, at) => this.#withdraws(way, issuer.id, list, index, at),
      vouches: (list, index, at, grace) => vouching(way, issuer.id, list, index, at, grace),
      path: {
        anchor: own.authority,
        authority: state.authority,
        issuer: issuer.id,
        key: entry.publicKey,
        appeal: issuer.appeal,
        names: {
          anchor: ownRegistry.content.names,
          authority: recognition ? recognition.names : registry.content.names,
          issuer: issuer.names,
        }, // PTH-13.2
      },
    };
  }

  /** STL-11.1. @param {Way} way @param {string} issuer @param {number} number @param {number} index @param {number} at @returns {boolean} */
  #withdraws(way, issuer, number, index, at) {
    for (const key of statusKeys(way, issuer)) {
      const name = listName(issuer, number, key);
      const held = [...this.states.values()].flatMap((state) => state.lists.get(name)?.list ?? []);
      const newest = Math.max(...held.map((list) => list.claims().iat));
      const says = (/** @type {StatusList} */ list) =>
        list.claims().iat === newest && list.entry(index) === "revoked" && isOfEdge(way, issuer, number, key, list);
      if (at < newest + 604_800 && held.some(says)) return true;
    }
    return false;
  }
}

/** When a state is stale (PTH-8.3). @param {State} state @returns {number} */
function expiry(state) {
  return Math.min(state.current?.head.exp ?? 0, state.registry?.head.exp ?? 0);
}

/** What a path knows to have ended of a key (PTH-4). @param {Way} way @param {string} issuer @param {string} key @returns {{revoked: boolean, retired: number}} */
export function endings({ own, state }, issuer, key) {
  const entries = [state, own].flatMap((one) => one.usable?.entry(issuer, key) ?? []);
  return {
    revoked: entries.some((entry) => entry.revoked !== undefined),
    retired: Math.min(...entries.map((entry) => entry.retired?.at ?? Infinity), Infinity),
  };
}

/** The keys of the lists of an edge: not revoked on the path (STL-11). @param {Way} way @param {string} issuer @returns {Set<string>} */
function statusKeys(way, issuer) {
  const entries = [way.state, way.own].flatMap((state) => state.usable?.content.issuers.get(issuer)?.keys ?? []);
  const names = new Set(entries.filter((entry) => entry.use === FOR_STATUS && !entry.dropped).map((entry) => entry.name));
  return new Set([...names].filter((name) => !endings(way, issuer, name).revoked));
}

/** Whether a registry of the path lists the key, with the address that the list has (STL-11). @param {Way} way @param {string} issuer @param {number} number @param {string} key @param {StatusList} list @returns {boolean} */
function isOfEdge(way, issuer, number, key, list) {
  return [way.state, way.own].some(({ usable }) => {
    return usable?.entry(issuer, key)?.use === FOR_STATUS && numberOf(list.claims().sub, usable.content.issuers.get(issuer)?.status) === number;
  });
}

/** STL-11.2, STL-11.4. @param {Way} way @param {string} issuer @param {number} number @param {number} index @param {number} at @param {number} grace @returns {number | undefined} */
function vouching(way, issuer, number, index, at, grace) {
  /** @type {StatusList[]} */
  const lists = [];
  for (const key of statusKeys(way, issuer)) {
    const entry = way.state.usable?.entry(issuer, key);
    const list = way.state.lists.get(listName(issuer, number, key))?.list;
    if (!list || !entry || entry.use !== FOR_STATUS || !isOfEdge(way, issuer, number, key, list)) continue;
    const { iat, exp } = list.claims();
    const isInForce = entry.from <= iat && iat < entry.until && iat < endings(way, issuer, key).retired;
    if (isInForce && at < exp + grace) lists.push(list);
  }
  const newest = Math.max(...lists.map((list) => list.claims().iat));
  const allGood = lists.every((list) => list.claims().iat !== newest || list.entry(index) === "good");
  return lists.length > 0 && allGood ? newest : undefined;
}
