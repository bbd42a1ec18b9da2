/** What Alipay gives (opendocs.alipay.com, "API"). It documents no cryptographic random numbers, and no choice of a file. */

/** @typedef {import("../common/platform.js").Platform} Platform */

const CANCELLED = 10; // of my.scan

/** An error of a callback, as an Error. @param {{error?: number, errorMessage?: string}} told */
const failure = ({ error, errorMessage = "" }) => new Error(`${errorMessage} (${error})`);

/** Not instanceof: a platform may make its buffers elsewhere. @param {unknown} data @returns {data is ArrayBuffer} */
const isBuffer = (data) => Object.prototype.toString.call(data) === "[object ArrayBuffer]";

/** @type {Platform} */
export const platform = {
  language: () => my.env.language,
  title: (title) => my.setNavigationBar({ title }),
  scan: () =>
    new Promise((resolve, reject) =>
      my.scan({
        scanType: ["qrCode"],
        success: ({ code }) => resolve(code),
        fail: (told) => (told.error === CANCELLED ? resolve(undefined) : reject(failure(told))),
      }),
    ),
  fetch: (url) =>
    new Promise((resolve, reject) =>
      my.request({
        url,
        dataType: "arraybuffer",
        timeout: 30_000,
        success: ({ status, data }) => (status === 200 && isBuffer(data) ? resolve(data) : reject(new Error(`HTTP ${status}`))),
        fail: (told) => reject(failure(told)),
      }),
    ),
  confirm: (content, { yes, no }) =>
    new Promise((resolve, reject) =>
      my.confirm({ content, confirmButtonText: yes, cancelButtonText: no, success: ({ confirm }) => resolve(confirm), fail: (told) => reject(failure(told)) }),
    ),
  files: () => ({ manager: my.getFileSystemManager(), folder: `${my.env.USER_DATA_PATH}/healthpass` }),
  get: (key) => new Promise((resolve) => my.getStorage({ key, success: ({ data }) => resolve(data), fail: () => resolve(undefined) })),
  set: (key, data) => new Promise((resolve, reject) => my.setStorage({ key, data, success: resolve, fail: (told) => reject(failure(told)) })),
};
