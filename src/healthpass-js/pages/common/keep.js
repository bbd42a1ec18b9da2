/** What a page keeps beside the trust store: settings, counts, cards. One object store, by name. */

import { StoreError } from "../../lib/errors.js";
import { $, say, trouble } from "./say.js";

export class Keep {
  #opened;

  /** @param {"gate" | "wallet"} page */
  constructor(page) {
    this.page = page;
  }

  async #act(mode, act) {
    try {
      this.#opened ??= new Promise((resolve, reject) => {
        const open = indexedDB.open(`healthpass-${this.page}`, 1);
        open.onupgradeneeded = () => open.result.createObjectStore("entries");
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
          open.result.onclose = () => {
            this.#opened = undefined; // somebody wiped the storage: the next call opens it anew
            trouble(say(`trouble.wiped.${this.page}`), true);
          };
          open.result.onversionchange = () => open.result.close();
          resolve(open.result);
        };
      });
      const transaction = (await this.#opened).transaction("entries", mode, { durability: "strict" });
      const request = act(transaction.objectStore("entries"));
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
        transaction.onerror = () => reject(transaction.error);
      });
    } catch (error) {
      this.#opened = undefined;
      throw new StoreError("it could not be kept", error);
    }
  }

  get = (key) => this.#act("readonly", (entries) => entries.get(key));
  keys = () => this.#act("readonly", (entries) => entries.getAllKeys());
  put = (key, value) => this.#act("readwrite", (entries) => entries.put(value, key));
  remove = (key) => this.#act("readwrite", (entries) => entries.delete(key));
}

/**
 * Waits until no other tab has the same page open: two would write over each other's lists. What waits shows `#other-tab`.
 * @param {string} name
 */
export async function alone(name) {
  if (!navigator.locks) return;
  const forever = () => /** @type {Promise<never>} */ (new Promise(() => undefined));
  await /** @type {Promise<void>} */ (new Promise((resolve) => {
    const taken = (lock) => {
      if (!lock) return wait();
      show(false);
      resolve();
      return forever();
    };
    const wait = () => {
      show(true);
      void navigator.locks.request(name, taken);
    };
    void navigator.locks.request(name, { ifAvailable: true }, taken);
  }));
}

function show(isOther) {
  $("other-tab").hidden = !isOther;
  for (const part of document.querySelectorAll("main > details")) /** @type {HTMLElement} */ (part).hidden = isOther;
}
