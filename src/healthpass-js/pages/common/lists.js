/** Whom this browser trusts, and the lists that it holds: pinning, taking, and saying how old they are. */

import { fromHex, IndexedDBStorage, toHex, TrustStore } from "../../lib/index.js";
import { Refusal } from "../../lib/errors.js";
import { readRoot } from "../../lib/registry/root.js";
import { readSources } from "../../lib/store/bundle.js";
import { fetchBundle, MOST_BYTES } from "./fetch.js";
import { $, make, now, reason, row, say, time, language } from "./say.js";

const OLD = 86_400; // s since the last update
const SOON = 172_800; // s before they expire

export const environment = "production";
export const openStore = (page) => TrustStore.open({ environment, storage: new IndexedDBStorage(`healthpass-trust-${page}`) });

/** The 32 bytes that somebody typed from paper, or undefined. */
export function readThumbprint(text) {
  const bytes = fromHex(text.replace(/[\s:.-]/g, ""));
  return bytes?.length === 32 ? bytes : undefined;
}

/** The root with this hash among the documents of bundles. @throws {Error} in words, if there is none or it is another environment's */
function findRoot(sources, thumbprint) {
  const wanted = toHex(thumbprint);
  const offer = readSources(sources).find(({ document }) => document?.kind.kind === "root" && document.name === wanted);
  if (!offer) throw new Error(say("lists.no-root"));
  let root;
  try {
    root = readRoot(offer.document).head;
  } catch (error) {
    if (error instanceof Refusal) throw new Error(say("lists.bad-root"));
    throw error;
  }
  if (root.environment !== environment) throw new Error(say("lists.environment", { environment: root.environment }));
  return { authority: root.iss, version: root.version };
}

async function readFiles(files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size > MOST_BYTES) throw new Error(say("lists.too-large"));
  return Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer())));
}

/** How the lists are: `none`, `expired`, `old`, `soon` or `fresh`, of the anchor that is worst. */
export function ageOf(store, updated, at = now()) {
  const worst = (a, b) => (AGES.indexOf(a) < AGES.indexOf(b) ? a : b);
  return store.anchors.map((anchor) => ageOfAnchor(store, anchor, updated, at)).reduce(worst, store.anchors.length > 0 ? "fresh" : "none");
}
const AGES = ["none", "expired", "clock", "old", "soon", "fresh"];

function ageOfAnchor(store, anchor, updated, at) {
  const fresh = store.freshness(anchor);
  if (!fresh) return "none";
  if (at >= fresh.expires) return "expired";
  if (at + 60 < fresh.issued) return "clock";
  if (!updated || Math.abs(at - updated) > OLD) return "old"; // whenever it was, if the clock was wrong then
  return fresh.expires - at < SOON ? "soon" : "fresh";
}

/** The form of parts/lists.html. */
export class Lists {
  /** @param {import("./keep.js").Keep} keep @param {() => void} changed */
  constructor(store, keep, changed) {
    Object.assign(this, { store, keep, changed });
    $("take").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#take();
    });
    $("pin").addEventListener("toggle", () => this.show());
    $("thumbprint").addEventListener("input", () => $("thumbprint").removeAttribute("aria-invalid"));
  }

  async open() {
    this.updated = (await this.keep.get("updated").catch(() => undefined)) ?? 0;
    $("address").value = (await this.keep.get("address").catch(() => undefined)) ?? "";
    this.show();
  }

  get age() {
    return ageOf(this.store, this.updated);
  }

  async #take() {
    const button = $("take").querySelector("button");
    button.disabled = true;
    try {
      await this.#tryToTake();
    } catch (error) {
      $("taken").replaceChildren(make("p", { class: "note bad" }, reason(error)));
    } finally {
      button.disabled = false;
      this.show();
      this.changed();
    }
  }

  async #tryToTake() {
    const typed = $("thumbprint").value.trim();
    const thumbprint = typed ? readThumbprint(typed) : undefined;
    if (typed && !thumbprint) {
      $("thumbprint").setAttribute("aria-invalid", "true");
      throw new Error(say("lists.bad-thumbprint", { digits: typed.replace(/[\s:.-]/g, "").length }));
    }
    if (!typed && this.store.anchors.length === 0) {
      $("thumbprint").setAttribute("aria-invalid", "true");
      throw new Error(say("lists.thumbprint-first"));
    }
    const files = [...($("bundle").files ?? [])];
    const address = $("address").value.trim();
    if (files.length === 0 && !address) throw new Error(say("lists.nothing"));
    $("taken").replaceChildren(make("p", {}, say("lists.taking")));
    const sources = files.length > 0 ? await readFiles(files) : [await fetchBundle(address)];
    const root = thumbprint && findRoot(sources, thumbprint);
    if (root) {
      await this.store.pin(root.authority, root.version, thumbprint);
      await navigator.storage?.persist?.().catch(() => false);
      $("thumbprint").value = "";
      $("pin").open = false;
    }
    const entries = await this.store.update(sources, now());
    const isGood = entries.some(({ outcome }) => outcome === "applied" || outcome === "unchanged");
    if (isGood) {
      this.updated = now();
      await this.keep.put("updated", this.updated);
    }
    if (files.length === 0) await this.keep.put("address", address);
    $("bundle").value = "";
    $("taken").replaceChildren(...told(entries, root));
  }

  /** Who is pinned, and until when their lists are good. */
  show() {
    const anchors = this.store.anchors.map((anchor) => {
      const fresh = this.store.freshness(anchor);
      const said = fresh
        ? say("lists.dates", { issued: time(fresh.issued), expires: time(fresh.expires) })
        : say("lists.no-registry");
      const age = ageOfAnchor(this.store, anchor, this.updated, now());
      const forget = async () => {
        if (!window.confirm(say("lists.unpin.sure", { anchor }))) return;
        try {
          await this.store.unpin(anchor);
        } catch (error) {
          $("taken").replaceChildren(make("p", { class: "note bad" }, reason(error)));
        }
        this.show();
        this.changed();
      };
      return make("li", { class: age }, make("strong", {}, anchor), " ", make("span", { class: "age" }, say(`age.${age}`)), make("p", {}, said),
        make("button", { type: "button", click: forget }, say("lists.unpin", { anchor })));
    });
    const isSet = anchors.length > 0;
    $("pin").open ||= !isSet;
    $("take").querySelector("button.main").textContent = say(isSet && !$("pin").open ? "lists.update" : "lists.take");
    const last = this.updated ? say("lists.updated", { at: time(this.updated) }) : "";
    $("anchors").replaceChildren(...(isSet ? [make("h2", {}, say("lists.anchors")), make("ul", { class: "anchors" }, ...anchors), make("p", { class: "small" }, last)] : []));
  }
}

/** What became of the documents of an update: what is wrong first, each word once for each authority. */
function told(entries, root) {
  const counts = new Map();
  for (const { outcome, notes, anchor, authority } of entries) {
    for (const word of [outcome, ...notes]) {
      const key = `${word} ${authority && authority !== anchor ? `${anchor} → ${authority}` : (authority ?? "")}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const lines = [...counts].slice(0, 40).map(([key, count]) => {
    const [word, ...who] = key.split(" ");
    const known = row("outcomes", "outcome", word);
    const kind = word === "unknown-signer" ? "other" : (known?.kind ?? "refused");
    return make("li", { class: kind }, `${who.join(" ")} ${language === "zh" ? known?.zh : known?.meaning}${count > 1 ? ` × ${count}` : ""}`);
  });
  const done = entries.some(({ outcome }) => outcome === "applied" || outcome === "unchanged");
  const head = root ? say("lists.pinned", root) : say(done ? "lists.done" : "lists.not-done");
  return [make("p", { class: done ? "note good" : "note bad" }, head), make("ul", { class: "outcomes" }, ...lines)];
}
