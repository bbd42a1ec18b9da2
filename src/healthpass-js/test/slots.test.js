import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ascii, equal } from "../lib/bytes.js";
import { SlotStorage } from "../lib/index.js";

/** The files of a folder, as a mini-program's adapter gives them. */
function filesOf(folder) {
  return {
    names: () => readdir(folder),
    read: async (name) => new Uint8Array(await readFile(join(folder, name))),
    write: (name, bytes) => writeFile(join(folder, name), bytes),
    remove: (name) => rm(join(folder, name)),
  };
}

describe("a storage of two slots", () => {
  test("gives back what was written last, also when the last writing was cut off at any byte", async () => {
    const folder = await mkdtemp(join(tmpdir(), "healthpass-"));
    try {
      const files = filesOf(folder);
      const first = new SlotStorage(files);
      await first.all();
      for (const text of ["one", "two", "three"]) await first.put("pins", ascii(text));
      assert.ok(equal((await new SlotStorage(files).all()).get("pins"), ascii("three")));
      for (let length = 44; length >= 0; length--) {
        await truncate(join(folder, "pins.0"), length); // "three"
        assert.ok(equal((await new SlotStorage(files).all()).get("pins"), ascii("two")), `${length}`);
      }
      const again = new SlotStorage(files);
      await again.all();
      await again.put("pins", ascii("four"));
      await again.put("CN-33~CN-33", ascii("a state"));
      assert.deepEqual([...(await new SlotStorage(files).all()).keys()].sort(), ["CN-33~CN-33", "pins"]);
      await again.remove("pins");
      assert.deepEqual(await readdir(folder), ["CN-33~CN-33.0"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
