/** The files of a folder as SlotStorage wants them, over the platform's manager, whose calls answer by callbacks. */

/**
 * @param {import("./platform.js").Manager} manager
 * @param {string} folder in the user's folder
 * @returns {import("../../lib/store/slots.js").Files}
 */
export function filesOf(manager, folder) {
  const path = (/** @type {string} */ name) => `${folder}/${name}`;
  return {
    async names() {
      await new Promise((resolve) => manager.mkdir({ dirPath: folder, recursive: true, success: resolve, fail: resolve })); // it may be there
      return new Promise((resolve, fail) => manager.readdir({ dirPath: folder, success: ({ files }) => resolve(files), fail }));
    },
    async read(name) {
      /** @type {string | ArrayBuffer} */
      const data = await new Promise((resolve, fail) => manager.readFile({ filePath: path(name), success: (told) => resolve(told.data), fail }));
      if (typeof data === "string") throw new Error("bytes were expected");
      return new Uint8Array(data);
    },
    async write(name, bytes) {
      await new Promise((success, fail) => manager.writeFile({ filePath: path(name), data: bytes.slice().buffer, success, fail }));
    },
    async remove(name) {
      await new Promise((success, fail) => manager.unlink({ filePath: path(name), success, fail }));
    },
  };
}
