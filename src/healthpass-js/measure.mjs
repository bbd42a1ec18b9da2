/** Prints the size of the module and how many codes it judges in a second: `npm run measure`. */

import { readdirSync, readFileSync } from "node:fs";
import { stdout } from "node:process";
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

/** The bytes of one minified file. */
async function size(external) {
  const options = { entryPoints: ["lib/index.js"], bundle: true, minify: true, format: "esm", write: false, external, target: "es2022", legalComments: "none" };
  const [{ contents }] = (await build({ ...options, absWorkingDir: new URL(".", import.meta.url).pathname })).outputFiles;
  return `${contents.length} bytes, ${gzipSync(contents, { level: 9 }).length} compressed`;
}

/** How many times in a second, over two seconds after half a second of practice. */
async function rate(act) {
  const during = async (seconds) => {
    let n = 0;
    const start = performance.now();
    while (performance.now() - start < seconds * 1000) {
      await act(n++);
    }
    return n / ((performance.now() - start) / 1000);
  };
  await during(0.5);
  return during(2);
}

for (const folder of ["lib/", "kit/", "test/"]) {
  const { files, lines: n, median } = lines(folder);
  print(`${folder} ${n} lines in ${files} files, median ${median}`);
}
print(`minified, without @noble: ${await size(["@noble/*"])}`);
print(`minified, with @noble: ${await size([])}`);

const office = pair("an office");
const bearer = credential(office);
const shown = [];
for (let i = 0; i < 300; i++) {
  const device = HolderKey.fromSeed(pair(`phone ${i}`).seed);
  shown.push(await device.present(credential(office, { cnf: device.publicKey }), { at: NOW }));
}
for (const engine of [nobleEngine, nodeEngine(), webEngine()]) {
  const registry = new PinnedRegistry([{ issuer: "CN-33-01.WJW", publicKey: office.key }], { engine });
  const judged = async (text) => {
    if ((await verify(text, { registry, at: NOW })).verdict !== "valid") throw new Error("not valid");
  };
  const bare = await rate(() => judged(bearer));
  const known = await rate((n) => judged(shown[n % 10]));
  const start = performance.now();
  for (const text of shown.slice(10)) await judged(text);
  const fresh = (performance.now() - start) / (shown.length - 10);
  const ms = (/** @type {number} */ perSecond) => `${perSecond.toFixed(0)}/s, ${(1000 / perSecond).toFixed(3)} ms`;
  print(`${engine.name}: a code ${ms(bare)}; shown by a phone seen before ${ms(known)}; by a new phone ${ms(1000 / fresh)}`);
}
