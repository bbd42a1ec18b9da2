/**
 * A phone with a mini-program, as far as the platforms document it. There is no other name in its world than those that
 * README.md lists; callbacks come later; what is written is copied; errors have the documented shape.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createContext, Script } from "node:vm";

/** What engines on phones may lack (iOS 12): the program has to do without. */
const YOUNGER = `
  for (const name of ["Atomics", "SharedArrayBuffer", "WebAssembly", "WeakRef", "FinalizationRegistry", "Intl", "Proxy", "AggregateError", "escape", "unescape"]) delete this[name];
  for (const [of, names] of [[String.prototype, ["replaceAll", "at", "matchAll", "isWellFormed"]], [Array.prototype, ["at", "findLast", "toSorted", "with", "group"]],
    [Object, ["hasOwn", "groupBy"]], [Promise, ["any", "allSettled", "withResolvers"]]]) for (const name of names) delete of[name];
`;

/** What survives a restart. */
export class Disk {
  files = new Map();
  values = new Map();
  room = 200 * 1024 * 1024;

  get used() {
    return [...this.files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  }

  wipe() {
    this.files.clear();
    this.values.clear();
    this.folders = new Set();
  }

  folders = new Set();
}

export class Phone {
  scans = []; // what the scanner finds next: a text, or an error
  answers = new Map(); // by address: bytes, a status, or an error
  chosen = []; // buffers of files
  confirms = true;
  titles = [];
  requests = [];

  /** @param {string} folder of the built program @param {{platform: "wechat" | "alipay", disk?: Disk, language?: string, bigint?: "there" | "missing" | "wrong", at?: number}} options */
  constructor(folder, { platform, disk = new Disk(), language = "zh_CN", bigint = "there", at }) {
    Object.assign(this, { folder, platform, disk, language, at });
    this.context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
    this.#run(YOUNGER);
    if (bigint === "missing") this.#run("delete this.BigInt; delete this.BigInt64Array; delete this.BigUint64Array;");
    if (bigint === "wrong") this.#run("this.BigInt = Object.assign(function () { return 7; }, this.BigInt);");
    if (at) this.#run("(setTime) => { Date.now = () => setTime(); }")(() => this.at * 1000);
  }

  #run(source) {
    return new Script(source).runInContext(this.context);
  }

  /** Opens the program: its one page, shown. */
  async open() {
    this.#require("app.js");
    this.page.setData = (values) => {
      for (const value of Object.values(values)) if (value === undefined) throw new Error("setData of undefined");
      Object.assign(this.page.data, JSON.parse(JSON.stringify(values))); // it goes to another thread as JSON
    };
    this.#require("pages/gate/gate.js");
    await this.page.onLoad({});
    this.page.onShow();
    return this.page;
  }

  close() {
    this.page.onUnload();
  }

  page = { setData: undefined, data: {} };
  #modules = new Map();

  #require(name) {
    const known = this.#modules.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    this.#modules.set(name, module);
    const names = ["require", "module", "exports", "wx", "my", "App", "Page", "console", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "globalThis", "global", "window", "self", "document", "process"];
    const run = this.#run(`(function (${names}) {${readFileSync(join(this.folder, name), "utf8")}\n})`);
    const platform = this.platform === "wechat" ? this.#wx() : this.#my();
    const Page = (options) => {
      const { setData } = this.page;
      this.page = Object.assign(options, { setData: (values) => setData.call(this.page, values) });
      this.page.data = JSON.parse(JSON.stringify(options.data));
    };
    const timer = (act, ms) => setInterval(act, ms).unref();
    run.call(undefined, (path) => this.#require(join(dirname(name), path)), module, module.exports, ...(this.platform === "wechat" ? [platform, undefined] : [undefined, platform]),
      () => undefined, Page, console, setTimeout, clearTimeout, timer, clearInterval);
    return module.exports;
  }

  /** Calls back later, with success or failure, and then complete. */
  #later(options, act) {
    setTimeout(() => {
      const { told, failed } = act();
      if (failed) options.fail?.(failed);
      else options.success?.(told);
      options.complete?.(failed ?? told);
    });
  }

  #files(error) {
    const { disk } = this;
    const parent = (path) => path.slice(0, path.lastIndexOf("/"));
    const buffer = (bytes) => bytes.slice().buffer;
    return {
      mkdir: (options) => this.#later(options, () => {
        if (disk.folders.has(options.dirPath)) return { failed: error("mkdir", "exists") };
        disk.folders.add(options.dirPath);
        return { told: {} };
      }),
      readdir: (options) => this.#later(options, () => {
        if (!disk.folders.has(options.dirPath)) return { failed: error("readdir", "missing") };
        return { told: { files: [...disk.files.keys()].filter((path) => parent(path) === options.dirPath).map((path) => path.slice(options.dirPath.length + 1)) } };
      }),
      readFile: (options) => this.#later(options, () => {
        const bytes = disk.files.get(options.filePath);
        return bytes ? { told: { data: buffer(bytes) } } : { failed: error("readFile", "missing") };
      }),
      writeFile: (options) => {
        const bytes = new Uint8Array(options.data).slice();
        this.#later(options, () => {
          if (!disk.folders.has(parent(options.filePath))) return { failed: error("writeFile", "missing") };
          if (bytes.length > 10 * 1024 * 1024 && this.platform === "alipay") return { failed: error("writeFile", "full") };
          if (disk.used + bytes.length > disk.room) return { failed: error("writeFile", "full") };
          disk.files.set(options.filePath, bytes);
          return { told: {} };
        });
      },
      unlink: (options) => this.#later(options, () => (disk.files.delete(options.filePath) ? { told: {} } : { failed: error("unlink", "missing") })),
    };
  }

  #storage(error, most) {
    const { values } = this.disk;
    return {
      getStorage: (options) => this.#later(options, () =>
        values.has(options.key) ? { told: { data: JSON.parse(values.get(options.key)) } } : this.platform === "alipay" ? { told: { data: null } } : { failed: error("getStorage", "missing") }),
      setStorage: (options) => {
        const text = JSON.stringify(options.data);
        this.#later(options, () => {
          if (text.length > most) return { failed: error("setStorage", "full") };
          values.set(options.key, text);
          return { told: {} };
        });
      },
    };
  }

  #request(options, error, shape) {
    this.requests.push(options.url);
    this.#later(options, () => {
      const answer = this.answers.get(options.url);
      if (answer instanceof Uint8Array) return { told: shape(200, answer.slice().buffer) };
      if (typeof answer === "number") return this.platform === "alipay" ? { failed: { error: 19, errorMessage: "http status error" } } : { told: shape(answer, new ArrayBuffer(0)) };
      return { failed: error("request", "offline") };
    });
  }

  #wx() {
    const words = { exists: "file already exists", missing: "no such file or directory", full: "the maximum size of the file storage limit is exceeded", offline: "timeout", cancel: "cancel", denied: "auth deny" };
    const error = (name, what) => ({ errMsg: `${name}:fail ${words[what]}` });
    const manager = this.#files(error);
    return {
      env: { USER_DATA_PATH: "http://usr" },
      getAppBaseInfo: () => ({ language: this.language }),
      setNavigationBarTitle: ({ title }) => this.titles.push(title),
      scanCode: (options) => this.#later(options, () => {
        const found = this.scans.shift() ?? "cancel";
        return found === "cancel" || found === "denied" ? { failed: error("scanCode", found) } : { told: { result: found, scanType: "QR_CODE", charSet: "utf-8", errMsg: "scanCode:ok" } };
      }),
      request: (options) => this.#request(options, error, (statusCode, data) => ({ statusCode, data, header: {} })),
      chooseMessageFile: (options) => this.#later(options, () => {
        if (this.chosen.length === 0) return { failed: error("chooseMessageFile", "cancel") };
        const tempFiles = this.chosen.map((bytes, i) => {
          this.disk.files.set(`http://tmp/${i}`, bytes);
          return { path: `http://tmp/${i}`, size: bytes.length, name: `${i}.cbor`, type: "file", time: 0 };
        });
        return { told: { tempFiles } };
      }),
      getRandomValues: (options) => this.#later(options, () => ({ told: { randomValues: (this.random = crypto.getRandomValues(new Uint8Array(options.length))).slice().buffer } })),
      showModal: (options) => this.#later(options, () => ({ told: { confirm: this.confirms, cancel: !this.confirms } })),
      getFileSystemManager: () => manager,
      ...this.#storage(error, 1024 * 1024),
    };
  }

  #my() {
    const codes = { exists: [10025, "目录已存在"], missing: [10022, "文件/目录不存在"], full: [10028, "文件夹超过 50M"], offline: [12, "网络出错"], cancel: [10, "用户取消"], denied: [11, "操作失败"] };
    const error = (_, what) => ({ error: codes[what][0], errorMessage: codes[what][1] });
    const manager = this.#files(error);
    return {
      env: { USER_DATA_PATH: "https://usr", language: this.language },
      setNavigationBar: ({ title }) => this.titles.push(title),
      scan: (options) => this.#later(options, () => {
        const found = this.scans.shift() ?? "cancel";
        return found === "cancel" || found === "denied" ? { failed: error("scan", found) } : { told: { code: found, qrCode: found } };
      }),
      request: (options) => this.#request(options, error, (status, data) => ({ status, data, headers: {} })),
      confirm: (options) => this.#later(options, () => ({ told: { confirm: this.confirms } })),
      getFileSystemManager: () => manager,
      ...this.#storage(error, 200 * 1024),
    };
  }
}
