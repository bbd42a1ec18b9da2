/** Prints the size of the module and how many codes it judges in a second: `npm run measure`. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { argv, cpuUsage, execPath, exit, stdout } from "node:process";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { HolderKey, nobleEngine, nodeEngine, PinnedRegistry, verify, webEngine } from "./lib/index.js";
import { credential, NOW, pair } from "./test/make.mjs";

const print = (/** @type {string} */ line) => stdout.write(`${line}\n`);

/** The lines of a folder. */
function lines(folder) {
  const files = readdirSync(new URL(folder, import.meta.url), { recursive: true }).filter((name) => /\.m?js$/.test(name));
  const counts = files.map((name) => readFileSync(new URL(`${folder}${name}`, import.meta.url), "utf8").split("\n").length - 1);
  return { files: files.length, lines: counts.reduce((a, b) => a + b, 0), median: counts.sort((a, b) => a - b)[counts.length >> 1] };
}

const bytes = (files) => `${files.reduce((sum, file) => sum + file.length, 0)} bytes, ${files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0)} compressed`;

/** The bytes of what a page loads that imports these names, minified, and of what is loaded where no engine of the platform serves. */
async function size(names, from = "./lib/index.js") {
  const stdin = { contents: `export { ${names} } from "${from}"`, resolveDir: new URL(".", import.meta.url).pathname };
  const options = { stdin, bundle: true, splitting: true, minify: true, format: "esm", outdir: "out", write: false, metafile: true, target: "es2022", legalComments: "none" };
  const { outputFiles, metafile } = await build(options);
  const outputs = Object.entries(metafile.outputs);
  const contents = new Map(outputFiles.map(({ path, contents: found }) => [path.split("/").at(-1), found]));
  const contentsOf = (path) => contents.get(path.split("/").at(-1));
  const first = new Set(outputs.filter(([, { entryPoint }]) => entryPoint === "<stdin>").map(([path]) => path));
  for (const path of first) for (const one of metafile.outputs[path].imports) if (one.kind === "import-statement") first.add(one.path);
  const later = outputs.map(([path]) => path).filter((path) => !first.has(path));
  const more = later.length > 0 ? `; where the platform has no engine, ${bytes(later.map(contentsOf))} more` : "";
  return bytes([...first].map(contentsOf)) + more;
}

/** Seconds of processor time of this process, so that others on the machine do not count. */
function seconds() {
  const { user, system } = cpuUsage();
  return (user + system) / 1e6;
}

/** How many times in a second, over two seconds after half a second of practice. */
async function rate(act) {
  const during = async (most) => {
    const start = seconds();
    let n = 0;
    while (seconds() - start < most) await act(n++);
    return n / (seconds() - start);
  };
  await during(0.5);
  return during(2);
}

const office = pair("an office");
const bearer = credential(office);
/** Codes as different phones show them. */
async function show(name, count) {
  const texts = [];
  for (let i = 0; i < count; i++) {
    const device = await HolderKey.fromSeed(pair(`phone ${name} ${i}`).seed);
    texts.push(await device.present(credential(office, { cnf: device.publicKey }), { at: NOW }));
  }
  return texts;
}

if (argv[2] === "show") {
  print(JSON.stringify(await show(argv[3], Number(argv[4]))));
  exit();
}
for (const folder of ["lib/", "kit/", "test/"]) {
  const { files, lines: n, median } = lines(folder);
  print(`${folder} ${n} lines in ${files} files, median ${median}`);
}
const gate = "verify, TrustStore, IndexedDBStorage, Memory, matchesBinding, writeChallenge";
const parts = { all: `${gate}, decide, HolderKey, generatePair, PinnedRegistry`, "gate with deciding": `${gate}, decide`, gate, "pinned keys": "verify, PinnedRegistry", wallet: "HolderKey, generatePair" };
for (const [name, names] of Object.entries(parts)) {
  print(`${name}: minified ${await size(names)}`);
}
print(`colouring: minified ${await size("color, isMilder, readHistory, readRules", "./lib/coloring/index.js")}`);

// In another process, so that this one has not seen the phones' keys.
const [known, ...rest] = ["known", "noble", "node", "webcrypto"].map((name) =>
  JSON.parse(execFileSync(execPath, [new URL(import.meta.url).pathname, "show", name, name === "known" ? "10" : "200"], { encoding: "utf8" })),
);
const fresh = { noble: rest[0], node: rest[1], webcrypto: rest[2] };
for (const engine of [nobleEngine, nodeEngine(), webEngine()]) {
  const registry = new PinnedRegistry([{ issuer: "CN-33-01.WJW", publicKey: office.key }], { engine });
  const judged = async (text) => {
    if ((await verify(text, { registry, at: NOW })).verdict !== "valid") throw new Error("not valid");
  };
  const bare = await rate(() => judged(bearer));
  const again = await rate((n) => judged(known[n % 10]));
  const start = seconds();
  for (const text of fresh[engine.name]) await judged(text);
  const each = (seconds() - start) / fresh[engine.name].length;
  const ms = (/** @type {number} */ perSecond) => `${perSecond.toFixed(0)}/s, ${(1000 / perSecond).toFixed(3)} ms`;
  print(`${engine.name}: a code ${ms(bare)}; shown by a phone seen before ${ms(again)}; by a new phone ${ms(1 / each)}`);
}
