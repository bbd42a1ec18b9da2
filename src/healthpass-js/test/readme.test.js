import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, block]) => block);

describe("README.md", () => {
  for (const [i, block] of blocks.entries()) {
    test(`program ${i + 1} runs, and prints what stands beside it`, () => {
      const file = new URL(`readme-${i}.mjs`, import.meta.url);
      writeFileSync(file, block);
      try {
        const printed = execFileSync(process.execPath, [file.pathname], { encoding: "utf8" });
        const expected = [...block.matchAll(/^console\.log\(.*\); \/\/ ([^:\n]+)/gm)].map(([, text]) => text.trim());
        for (const text of expected) assert.ok(printed.includes(text), `${text} is not in ${printed}`);
      } finally {
        rmSync(file);
      }
    });
  }
});
