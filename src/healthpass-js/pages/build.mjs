/**
 * Builds the pages: `node build.mjs FOLDER`. What it needs it installs beside this file, or in a folder of the moment if
 * that is not there. Every page is written once for each language; what they share stands beside them.
 */

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { argv, stderr } from "node:process";
import { fileURLToPath } from "node:url";
import { licences, packages, provideData } from "../building.mjs";
import { rowsOf, table } from "../tables.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const LANGUAGES = ["en", "zh"];
const PAGES = {
  gate: { connect: "'self' https:" }, // the address that a guard types
  wallet: { connect: "'self' https:" }, // likewise, for the names of offices and where they hear appeals
  inside: { connect: "'self'" },
};
const TABLES = ["actions", "claims", "colors", "document-types", "duties", "evidence-types", "outcomes", "reasons", "test-methods", "test-results", "verdicts"];
const OWN = "These pages are under Apache-2.0, as is zxing-cpp, which is in zxing_reader.wasm";
const BUILT_IN = ["@noble/curves", "@noble/hashes", "qrcode-generator", "zxing-wasm"];

const words = new Map(rowsOf(readFileSync(join(HERE, "words.csv"), "utf8")).map((row) => [row.key, row]));

/** A template in one language: `{{key}}` is a word, `{{>name}}` a part, `{{$name}}` a value. */
function fill(template, language, values) {
  return template.replace(/\{\{([>$]?)([a-z0-9.-]+)\}\}/g, (_, sort, name) => {
    if (sort === ">") return fill(readFileSync(join(HERE, "parts", `${name}.html`), "utf8"), language, values);
    const value = sort === "$" ? values[name] : words.get(name)?.[language];
    if (value === undefined) throw new Error(`no word for ${name}`);
    return sort === "$" ? value : value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  });
}

function writePages(out) {
  const frame = readFileSync(join(HERE, "frame.html"), "utf8");
  for (const language of LANGUAGES) {
    mkdirSync(join(out, language));
    const other = LANGUAGES.find((one) => one !== language);
    for (const [page, { connect }] of Object.entries(PAGES)) {
      const body = fill(readFileSync(join(HERE, `${page}.html`), "utf8"), language, {});
      const html = fill(frame, language, {
        page, connect, body, language, other, title: words.get(`${page}.title`)[language], about: words.get(`${page}.about`)[language],
        home: language === "en" ? "../../" : "../../zh/",
      });
      writeFileSync(join(out, language, `${page}.html`), html);
      const name = words.get(`${page}.title`)[language];
      const icons = [{ src: "../icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any maskable" }];
      const manifest = { id: `./${page}`, name: `healthpass ${name}`, short_name: name, lang: language, start_url: `${page}.html`, scope: "../", display: "standalone", background_color: "#12302d", theme_color: "#12302d", icons };
      writeFileSync(join(out, language, `${page}.webmanifest`), JSON.stringify(manifest));
    }
  }
}

/** The complete credential of the specification, section 1. */
function example() {
  const text = readFileSync(new URL("../../../spec/credential.md", import.meta.url), "utf8");
  const line = (/** @type {RegExp} */ pattern) => pattern.exec(text)[1];
  return { text: line(/^(HP1:.+)$/m), key: line(/^\| public key \| `([0-9a-f]{64})` \|$/m) };
}

/** The words and tables that scripts need, as a module. */
function data() {
  const told = Object.fromEntries(TABLES.map((name) => [name, table(name)]));
  const said = Object.fromEntries([...words].map(([key, { en, zh }]) => [key, { en, zh }]));
  return `export const example = ${JSON.stringify(example())}; export const tables = ${JSON.stringify(told)}; export const words = ${JSON.stringify(said)};`;
}

async function writeScripts(out, modules) {
  const { build } = createRequire(join(modules, "package.json"))("esbuild");
  const plugin = {
    name: "data",
    setup(on) {
      provideData(on, data);
    },
  };
  await build({
    entryPoints: Object.keys(PAGES).map((page) => join(HERE, `${page}.js`)),
    bundle: true, splitting: true, minify: true, format: "esm", target: "es2022", outdir: out, chunkNames: "[name]-[hash]",
    nodePaths: [join(modules, "node_modules")], plugins: [plugin], logLevel: "error", legalComments: "none", external: ["module"],
  });
}

/** Every file, so that the service worker can keep them all; its text changes with any of them. */
function writeWorker(out) {
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const names = files.map((one) => join(one.parentPath, one.name).slice(out.length + 1)).sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(readFileSync(join(out, name)));
  const head = `const VERSION = "${hash.digest("hex").slice(0, 16)}";\nconst FILES = ${JSON.stringify(names)};\n`;
  writeFileSync(join(out, "worker.js"), head + readFileSync(join(HERE, "worker.js"), "utf8"));
}

const out = argv[2];
if (!out) {
  stderr.write("build.mjs: expected the folder to write to\n");
  process.exit(2);
}
const { folder, remove } = packages(HERE);
try {
  mkdirSync(out, { recursive: true });
  writePages(out);
  await writeScripts(out, folder);
  for (const name of ["pages.css", "icon.svg"]) cpSync(join(HERE, name), join(out, name));
  cpSync(join(folder, "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm"), join(out, "zxing_reader.wasm"));
  writeFileSync(join(out, "licences.txt"), licences(OWN, BUILT_IN, folder));
  writeWorker(out);
} finally {
  remove();
}
