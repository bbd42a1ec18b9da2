/** What a page bundles of the module: what it imports, and no more. */

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
