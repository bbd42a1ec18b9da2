/** The built programs, a world, and steps that a guard takes. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { world } from "../../pages/test/world.mjs";
import { Phone } from "./phone.mjs";

export const out = mkdtempSync(join(tmpdir(), "mini-"));
execFileSync(process.execPath, [fileURLToPath(new URL("../build.mjs", import.meta.url)), out]);
after(() => rmSync(out, { recursive: true }));

export const now = () => Math.floor(Date.now() / 1000);
export const NOW = now();
export const { thumbprint, bundle, rival, codes } = world(NOW);
export const ADDRESS = "https://lists.example/hz.cbor";

export async function opened(platform, options = {}) {
  const phone = new Phone(options.folder ?? join(out, platform), { platform, ...options });
  phone.answers.set(ADDRESS, bundle);
  return { phone, page: await phone.open() };
}

/** Types into a field, as the platform tells it. */
export const type = (page, field, value) => page.typed({ currentTarget: { dataset: { field } }, detail: { value } });

export async function pinned(platform, options) {
  const both = await opened(platform, options);
  type(both.page, "thumbprint", thumbprint.replace(/(.{4})/g, "$1 "));
  type(both.page, "address", ADDRESS);
  await both.page.takeAddress();
  if (both.page.data.taken.done !== true) throw new Error(both.page.data.taken.head);
  return both;
}

export async function scanned({ phone, page }, text) {
  phone.scans.push(text);
  await page.scan();
  return page.data.verdict;
}
