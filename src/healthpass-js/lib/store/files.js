/** Keeps the entries of a store in a folder: for Node. */

import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const END = ".healthpass";

/** @typedef {import("./storage.js").Storage} Storage */

/** @implements {Storage} */
export class FileStorage {
  /** @param {string} folder is made where it does not exist */
  constructor(folder) {
    this.folder = folder;
  }

  /** @param {string} name @returns {string} */
  #path(name) {
    return join(this.folder, name + END);
  }

  /** @returns {Promise<Map<string, Uint8Array>>} */
  async all() {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(END));
    const files = await Promise.all(names.map((name) => readFile(join(this.folder, name))));
    return new Map(names.map((name, i) => [name.slice(0, -END.length), new Uint8Array(/** @type {Buffer} */ (files[i]))]));
  }

  /** The file is complete before it has its name. @param {string} name @param {Uint8Array} bytes */
  async put(name, bytes) {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = this.#path(name);
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    const folder = await open(this.folder, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** @param {string} name */
  async remove(name) {
    await rm(this.#path(name), { force: true });
  }
}
