/**
 * Builds the gate as mini-programs: `node build.mjs FOLDER` writes FOLDER/wechat and FOLDER/alipay, each to be opened in its
 * developer tool. What it needs it installs beside this file, or in a folder of the moment if that is not there.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { argv, stderr } from "node:process";
import { fileURLToPath } from "node:url";
import { licences, packages, provideData } from "../building.mjs";
import { rowsOf, table } from "../tables.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const LIB = join(HERE, "..", "lib");
const MOST_BYTES = 2 * 1024 * 1024; // a package of either platform
const TABLES = ["colors", "evidence-types", "outcomes", "reasons", "test-methods", "test-results", "verdicts"];
const WORDS = /^(gate|lists|age|fact|shown|evidence|outcome|policy\.(yes|no)$|mini)/;
const BUILT_IN = ["@noble/curves", "@noble/hashes", "qrcode-generator"];
const [POWER, PRODUCT] = ["c.Fn.ORDER ** _4n", "c.Fn.ORDER * c.Fn.ORDER * c.Fn.ORDER * c.Fn.ORDER"];
const PLATFORMS = {
  wechat: { markup: "wxml", style: "wxss", block: "wx:", event: (name) => `bind${name}` },
  alipay: { markup: "axml", style: "acss", block: "a:", event: (name) => `on${name[0].toUpperCase()}${name.slice(1)}` },
};

/** The words and tables that the page needs, as a module. */
function data() {
  const rows = [join(HERE, "../pages/words.csv"), join(HERE, "words.csv")].flatMap((file) => rowsOf(readFileSync(file, "utf8")));
  const words = Object.fromEntries(rows.filter(({ key }) => WORDS.test(key)).map(({ key, en, zh }) => [key, { en, zh }]));
  return `export const tables = ${JSON.stringify(Object.fromEntries(TABLES.map((name) => [name, table(name)])))}; export const words = ${JSON.stringify(words)};`;
}

/** Alipay forbids globalThis, and Object.hasOwn is younger than iOS 15.3, which has BigInt. */
const OLDER = "var nothing = {}; function hasOwn(object, key) { return Object.prototype.hasOwnProperty.call(object, key); }";

/** The page's logic with the library, as one CommonJS file in old syntax; without BigInt, lib/plain takes the place of the curves. */
async function bundle(esbuild, modules, { isPlain }) {
  const instead = { [join(LIB, "ed25519.js")]: join(LIB, "plain/ed25519.js"), [join(LIB, "noble.js")]: join(LIB, "plain/ed25519.js") };
  const plugin = {
    name: "mini-program",
    setup(on) {
      provideData(on, data);
      on.onResolve({ filter: /\/say\.js$/ }, () => ({ path: join(HERE, "common/say.js") })); // of the pages too
      on.onLoad({ filter: /curves[\\/]abstract[\\/]curve\.js$/ }, ({ path }) => {
        const source = readFileSync(path, "utf8"); // tools make Math.pow of **, which takes no BigInt
        if (!source.includes(POWER)) throw new Error(`${POWER} is not in ${path}`);
        return { contents: source.replace(POWER, PRODUCT) };
      });
      on.onResolve({ filter: /\/(ed25519|noble)\.js$/ }, ({ path, resolveDir }) => {
        const found = instead[join(resolveDir, path)];
        return isPlain && found ? { path: found } : undefined;
      });
    },
  };
  const contents = 'export { gatePage } from "./common/page.js"; export { isRight } from "./common/right.js";';
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: HERE }, bundle: true, write: false, minify: true, charset: "utf8", format: "cjs", platform: "neutral", target: "es2017",
    mainFields: ["module", "main"], nodePaths: [join(modules, "node_modules")], plugins: [plugin], logLevel: "error", legalComments: "none",
    define: { globalThis: "nothing", "Object.hasOwn": "hasOwn" }, banner: { js: OLDER },
  });
  return outputFiles[0].text;
}

/** The template in the words of a platform. */
function markup(platform) {
  const { block, event } = PLATFORMS[platform];
  return readFileSync(join(HERE, "page.html"), "utf8")
    .replace(/@(tap|input)=/g, (_, name) => `${event(name)}=`)
    .replace(/@(if|for|for-item|key)=/g, (_, name) => `${block}${name}=`);
}

/** Chooses the file with BigInt where it computes rightly. */
const CHOICE = `"use strict";
var gate;
try {
  if (typeof BigInt === "function") {
    gate = require("../../lib/bigint.js");
    if (!gate.isRight()) gate = undefined;
  }
} catch (error) {
  gate = undefined;
}
if (!gate) gate = require("../../lib/numbers.js");
Page(gate.gatePage(require("./platform.js").platform));
`;

async function write(out, platform, esbuild, bundles, notices) {
  const root = join(out, platform);
  const put = (name, text) => {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  for (const [name, text] of Object.entries(bundles)) put(`lib/${name}.js`, text);
  const { code } = await esbuild.transform(readFileSync(join(HERE, platform, "platform.js"), "utf8"), { format: "cjs", target: "es2017", charset: "utf8" });
  put("pages/gate/platform.js", code);
  put("pages/gate/gate.js", CHOICE);
  put("pages/gate/gate.json", "{}\n");
  put(`pages/gate/gate.${PLATFORMS[platform].markup}`, markup(platform));
  put(`pages/gate/gate.${PLATFORMS[platform].style}`, readFileSync(join(HERE, "page.css"), "utf8"));
  put("app.js", "App({});\n");
  put("licences.txt", notices);
  for (const name of readdirSync(join(HERE, platform))) if (name.endsWith(".json") && name !== "tsconfig.json") cpSync(join(HERE, platform, name), join(root, name));
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const size = files.reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0);
  if (size > MOST_BYTES) throw new Error(`${platform}: ${size} bytes are more than a package may have`);
}

const out = argv[2];
if (!out) {
  stderr.write("build.mjs: expected the folder to write to\n");
  process.exit(2);
}
const { folder, remove } = packages(HERE);
try {
  const esbuild = createRequire(join(folder, "package.json"))("esbuild");
  const bundles = { bigint: await bundle(esbuild, folder, { isPlain: false }), numbers: await bundle(esbuild, folder, { isPlain: true }) };
  for (const platform of Object.keys(PLATFORMS)) await write(out, platform, esbuild, bundles, licences("This mini-program is under Apache-2.0", BUILT_IN, folder));
} finally {
  remove();
}
