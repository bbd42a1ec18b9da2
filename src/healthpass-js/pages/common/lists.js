/** Whom this browser trusts, and the lists that it holds: pinning, taking, and saying how old they are. */

import { IndexedDBStorage, TrustStore } from "../../lib/index.js";
import { fetchBundle, MOST_BYTES } from "./fetch.js";
import { $, make, now, reason, say, time } from "./say.js";
import { ageOf, ageOfAnchor, environment, findRoot, isTaken, outcomesOf, readThumbprint } from "./trust.js";

export const openStore = (page) => TrustStore.open({ environment, storage: new IndexedDBStorage(`healthpass-trust-${page}`) });

async function readFiles(files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size > MOST_BYTES) throw new Error(say("lists.too-large"));
  return Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer())));
}

/** The form of parts/lists.html. */
export class Lists {
  /** @param {import("../../lib/index.js").TrustStore} store @param {import("./keep.js").Keep} keep @param {() => void} changed */
  constructor(store, keep, changed) {
    this.store = store;
    this.keep = keep;
    this.changed = changed;
    this.updated = 0; // seconds
    this.button = /** @type {HTMLButtonElement} */ (document.querySelector("#take button.main"));
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
    this.button.disabled = true;
    try {
      await this.#tryToTake();
    } catch (error) {
      $("taken").replaceChildren(make("p", { class: "note bad" }, reason(error)));
    } finally {
      this.button.disabled = false;
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
    if (isTaken(entries)) {
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
    this.button.textContent = say(isSet && !$("pin").open ? "lists.update" : "lists.take");
    const last = this.updated ? say("lists.updated", { at: time(this.updated) }) : "";
    $("anchors").replaceChildren(...(isSet ? [make("h2", {}, say("lists.anchors")), make("ul", { class: "anchors" }, ...anchors), make("p", { class: "small" }, last)] : []));
  }
}

/** What became of the documents of an update. */
function told(entries, root) {
  const { done, head, lines } = outcomesOf(entries, root);
  return [make("p", { class: done ? "note good" : "note bad" }, head), make("ul", { class: "outcomes" }, ...lines.map(({ sort, text }) => make("li", { class: sort }, text)))];
}
