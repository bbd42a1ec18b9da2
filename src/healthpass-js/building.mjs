/** What the builds of the pages and of the mini-programs share: their packages, the module of words, the notices. */

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const INSTALL = ["install", "--omit=dev", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"];
const LICENCE = new URL("../../LICENSE", import.meta.url);

/** A folder with node_modules, and what is to be deleted afterwards: `here`, or one of the moment with its package.json. */
export function packages(here) {
  if (existsSync(join(here, "node_modules", "esbuild"))) return { folder: here, remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "healthpass-"));
  cpSync(join(here, "package.json"), join(folder, "package.json"));
  execFileSync("npm", INSTALL, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** Lets `data:words` be imported, a module whose text `data` gives. */
export function provideData(on, data) {
  on.onResolve({ filter: /^data:words$/ }, () => ({ path: "words", namespace: "data" }));
  on.onLoad({ filter: /.*/, namespace: "data" }, () => ({ contents: data(), loader: "js" }));
}

/** The notices that the licences of what is built in ask for, after our own and a sentence on it. */
export function licences(about, builtIn, modules) {
  const notices = builtIn.map((name) => {
    const folder = join(modules, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = join(folder, "LICENSE");
    const text = existsSync(file) ? readFileSync(file, "utf8") : readFileSync(join(folder, "dist/qrcode.mjs"), "utf8").split("\n\n")[0];
    return `${name} ${version}, ${license}\n\n${text.trim()}\n`;
  });
  return [`${about}:\n\n${readFileSync(LICENCE, "utf8")}`, ...notices].join(`\n${"-".repeat(80)}\n\n`);
}
