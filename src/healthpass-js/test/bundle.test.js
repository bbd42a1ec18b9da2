/** What a page bundles of the module: what it imports, and no more. */

import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The files of which something is in the bundle of a program, and its text. */
async function bundle(contents) {
  const stdin = { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) };
  const { metafile, outputFiles } = await build({ stdin, bundle: true, minify: true, format: "esm", write: false, metafile: true, target: "es2022" });
  const [{ inputs }] = Object.values(metafile.outputs);
  return { files: Object.keys(inputs).filter((name) => inputs[name].bytesInOutput > 0), text: outputFiles[0].text };
}

/** What the self-test of mini-programs says, with a change to the text of lib/curve.js. */
async function isRightWith(change) {
  const entry = fileURLToPath(new URL("../mini-program/common/right.js", import.meta.url));
  const setup = (on) =>
    on.onLoad({ filter: /lib[\\/]curve\.js$/ }, ({ path }) => ({ contents: change(readFileSync(path, "utf8")) }));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false, plugins: [{ name: "change", setup }] });
  const { isRight } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);
  return isRight();
}

test("the self-test of mini-programs finds an arithmetic that takes keys of another order", async () => {
  assert.equal(await isRightWith((text) => text), true);
  const name = "export function isOfOrderL";
  assert.equal(await isRightWith((text) => text.replace(name, `export const isOfOrderL = () => true; function unused`)), false);
  assert.equal(await isRightWith((text) => text.replace("P === N1;", "P !== N0;")), false); // of isFourthPower
});

describe("a bundle", () => {
  test("of verify() has no colouring and no deciding", async () => {
    const { files, text } = await bundle('export { verify } from "healthpass"');
    assert.ok(files.some((name) => name.endsWith("lib/verify.js")));
    assert.deepEqual(files.filter((name) => /lib\/(coloring|decision)\//.test(name)), []);
    assert.ok(!text.includes("close-contact") && !text.includes("home-quarantine"));
  });

  test("of colouring has no cryptography", async () => {
    const { files, text } = await bundle('export { color, readHistory, readRules } from "healthpass/coloring"');
    assert.ok(text.includes("close-contact"));
    assert.deepEqual(files.filter((name) => /@noble|lib\/(ed25519|engines|cbor|verify|store|decision)/.test(name)), []);
  });
});
