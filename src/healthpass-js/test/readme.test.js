import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";

for (const name of ["README.md", "README.zh.md"]) {
  const text = readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, block]) => block);
  describe(name, () => {
    test("has programs", () => assert.ok(blocks.length >= 5));
    for (const [i, block] of blocks.entries()) {
      test(`program ${i + 1} runs, and prints what stands beside it`, () => {
        const file = new URL(`${name}-${i}.mjs`, import.meta.url);
        writeFileSync(file, block);
        try {
          const printed = execFileSync(process.execPath, [file.pathname], { encoding: "utf8" });
          const expected = [...block.matchAll(/^console\.log\(.*\); \/\/ ([^:\n]+)/gm)].map(([, found]) => found.trim());
          for (const found of expected) assert.ok(printed.includes(found), `${found} is not in ${printed}`);
        } finally {
          rmSync(file);
        }
      });
    }
  });
}
