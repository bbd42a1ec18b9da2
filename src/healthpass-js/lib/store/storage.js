/** Where a store keeps its bytes. Each entry is replaced entirely or not at all (UPD-1.2). */

/**
 * @typedef {object} Storage
 * @property {() => Promise<Map<string, Uint8Array>>} all every entry
 * @property {(name: string, bytes: Uint8Array) => Promise<void>} put
 * @property {(name: string) => Promise<void>} remove
 */

/** Keeps what it has as long as the program runs. @implements {Storage} */
export class MemoryStorage {
  /** @type {Map<string, Uint8Array>} */
  #entries = new Map();

  async all() {
    return new Map(this.#entries);
  }

  /** @param {string} name @param {Uint8Array} bytes */
  async put(name, bytes) {
    this.#entries.set(name, bytes.slice());
  }

  /** @param {string} name */
  async remove(name) {
    this.#entries.delete(name);
  }
}

/** Keeps entries in IndexedDB: for pages. @implements {Storage} */
export class IndexedDBStorage {
  /** @type {Promise<any> | undefined} */
  #database;

  /** @param {string} [name] of the database */
  constructor(name = "healthpass") {
    this.name = name;
  }

  /** @param {"readonly" | "readwrite"} mode @param {(entries: any) => any} act @returns {Promise<any>} */
  async #act(mode, act) {
    const { indexedDB } = /** @type {any} */ (globalThis);
    this.#database ??= new Promise((resolve, reject) => {
      const open = indexedDB.open(this.name, 1);
      open.onupgradeneeded = () => open.result.createObjectStore("entries");
      open.onsuccess = () => resolve(open.result);
      open.onerror = () => reject(open.error);
    });
    const transaction = (await this.#database).transaction("entries", mode, { durability: "strict" });
    const request = act(transaction.objectStore("entries"));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** @returns {Promise<Map<string, Uint8Array>>} */
  async all() {
    const names = /** @type {string[]} */ (await this.#act("readonly", (entries) => entries.getAllKeys()));
    const values = /** @type {Uint8Array[]} */ (await Promise.all(names.map((name) => this.#act("readonly", (entries) => entries.get(name)))));
    return new Map(names.map((name, i) => [name, /** @type {Uint8Array} */ (values[i])]));
  }

  /** @param {string} name @param {Uint8Array} bytes */
  async put(name, bytes) {
    await this.#act("readwrite", (entries) => entries.put(bytes, name));
  }

  /** @param {string} name */
  async remove(name) {
    await this.#act("readwrite", (entries) => entries.delete(name));
  }
}
