/** What WeChat gives (developers.weixin.qq.com, "API"): base library 2.15.0 or later, for random numbers. */

/** @typedef {import("../common/platform.js").Platform} Platform */

/** An error of a callback, as an Error. @param {{errMsg?: string}} told */
const failure = ({ errMsg }) => new Error(errMsg);

/** Not instanceof: a platform may make its buffers elsewhere. @param {unknown} data @returns {data is ArrayBuffer} */
const isBuffer = (data) => Object.prototype.toString.call(data) === "[object ArrayBuffer]";

/** @type {Platform} */
export const platform = {
  language: () => (wx.getAppBaseInfo ? wx.getAppBaseInfo() : wx.getSystemInfoSync()).language,
  title: (title) => wx.setNavigationBarTitle({ title }),
  scan: () =>
    new Promise((resolve, reject) =>
      wx.scanCode({
        scanType: ["qrCode"],
        success: ({ result }) => resolve(result),
        fail: (told) => (/cancel/.test(told.errMsg) ? resolve(undefined) : reject(failure(told))),
      }),
    ),
  fetch: (url) =>
    new Promise((resolve, reject) =>
      wx.request({
        url,
        dataType: "arraybuffer", // not "json": nothing is parsed
        responseType: "arraybuffer",
        timeout: 30_000,
        success: ({ statusCode, data }) =>
          statusCode === 200 && isBuffer(data) ? resolve(data) : reject(new Error(`HTTP ${statusCode}`)),
        fail: (told) => reject(failure(told)),
      }),
    ),
  choose: () =>
    new Promise((resolve, reject) =>
      wx.chooseMessageFile({
        count: 10,
        type: "file",
        success: ({ tempFiles }) => resolve(Promise.all(tempFiles.map(({ path }) => read(path)))),
        fail: (told) => (/cancel/.test(told.errMsg) ? resolve([]) : reject(failure(told))),
      }),
    ),
  random: (length) =>
    new Promise((resolve, reject) =>
      wx.getRandomValues({ length, success: ({ randomValues }) => resolve(randomValues), fail: (told) => reject(failure(told)) }),
    ),
  confirm: (content, { yes, no }) =>
    new Promise((resolve, reject) =>
      wx.showModal({ content, confirmText: yes, cancelText: no, success: ({ confirm }) => resolve(confirm), fail: (told) => reject(failure(told)) }),
    ),
  files: () => ({ manager: wx.getFileSystemManager(), folder: `${wx.env.USER_DATA_PATH}/healthpass` }),
  get: (key) => new Promise((resolve) => wx.getStorage({ key, success: ({ data }) => resolve(data), fail: () => resolve(undefined) })),
  set: (key, data) => new Promise((resolve, reject) => wx.setStorage({ key, data, success: resolve, fail: (told) => reject(failure(told)) })),
};

/** @param {string} filePath @returns {Promise<ArrayBuffer>} */
function read(filePath) {
  return new Promise((resolve, reject) =>
    wx.getFileSystemManager().readFile({
      filePath,
      success: ({ data }) => (isBuffer(data) ? resolve(data) : reject(new Error("bytes were expected"))),
      fail: (told) => reject(failure(told)),
    }),
  );
}
