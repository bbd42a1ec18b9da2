/**
 * Every state of every page: what axe finds, whether all fits, whether fingers can press it, and what text of twice the size
 * does. HEALTHPASS_PAGES_ALL=1 looks at each in both languages, at 390 and 1400 px, in the light and in the dark, and takes its
 * time; without it English is looked at on a phone by day, and its contrast by night.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { after, afterEach, before, describe, test } from "node:test";
import { writeChallenge } from "../../lib/index.js";
import { go, DATA, findings, open, paste, serve, shot, small, take, wide } from "./browser.mjs";
import { world } from "./world.mjs";

const made = world();
const asked = readFileSync(join(DATA, "challenge.txt"), "utf8");
const LOOKS = [390, 1400].flatMap((width) => ["light", "dark"].map((scheme) => ({ width, scheme })));

let context, blind, server, language;

async function look(page, name) {
  for (const { width, scheme } of env.HEALTHPASS_PAGES_ALL ? LOOKS : LOOKS.slice(0, 2)) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const where = `${name} ${language} ${width} ${scheme}`;
    await shot(page, where.replaceAll(" ", "-"));
    assert.deepEqual(await findings(page, scheme === "dark" ? ["color-contrast"] : undefined), [], where);
    assert.deepEqual(await small(page), [], where);
    assert.deepEqual(await wide(page), [], where);
  }
  await page.setViewportSize({ width: 320, height: 700 });
  assert.deepEqual(await wide(page), [], `${name} ${language} at 320 px`);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  if (env.HEALTHPASS_PAGES_ALL) await shot(page, `${name}-${language}-twice`);
  assert.deepEqual(await wide(page), [], `${name} ${language} with text of twice the size`);
  await page.evaluate(() => (document.documentElement.style.fontSize = ""));
}

const openAll = (page, ...ids) => page.evaluate((all) => all.forEach((id) => (document.getElementById(id).open = true)), ids);
const unfold = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
const fold = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = false)));

for (const here of env.HEALTHPASS_PAGES_ALL ? ["en", "zh"] : ["en"]) {
  describe(`every state in ${here}`, { concurrency: false }, () => {
    const visit = (name, by = context) => go(by, `${server.url}/${here}/${name}.html`);
    before(async () => {
      language = here;
      server = await serve();
      [context, blind] = await Promise.all([open({ video: join(DATA, "green.mjpeg") }), open({ camera: [] })]);
    });
    afterEach(() => Promise.all(context.pages().slice(1).map((page) => page.close())));
    after(async () => {
      await Promise.all([context.close(), blind.close()]);
      await server.stop();
    });

    test("of the gate", async () => {
      const page = await visit("gate");
      await look(page, "gate-first");
      await take(page, "12", made.bundle);
      await look(page, "gate-slip");
      await take(page, made.thumbprint, made.bundle);
      await look(page, "gate-pinned");
      await fold(page);
      await page.click("#go");
      await page.waitForSelector("#verdict:not([hidden])");
      await look(page, "gate-green");
      await page.click("#go");
      await page.waitForFunction(() => document.getElementById("scan-said").textContent !== "");
      await page.evaluate(() => (document.getElementById("torch").hidden = false)); // no camera here has one
      await look(page, "gate-same-in-view");
      await page.click("#go");
      await page.click("#ask");
      await look(page, "gate-challenge");
      await page.click("#ask");
      for (const name of ["yellow", "red", "withdrawn", "expired", "unknown", "bound"]) {
        await paste(page, made.codes[name]);
        await fold(page);
        await look(page, `gate-${name}`);
      }
      await openAll(page, "policy");
      await page.fill("#office", "CN-33-01.WJW");
      await page.click("#policy-form button");
      await page.waitForSelector("#place-line:not([hidden])");
      await paste(page, made.codes.yellow);
      await look(page, "gate-asks");
      await page.click("#verdict .policy button >> nth=1");
      await look(page, "gate-decided");
      await page.click("#without");
      await look(page, "gate-without-code");
      await unfold(page);
      await look(page, "gate-unfolded");
      await context.newCDPSession(page).then((session) => session.send("Storage.clearDataForOrigin", { origin: server.url, storageTypes: "indexeddb" }));
      await page.waitForSelector("#trouble .stays");
      await page.click("#go");
      await fold(page);
      await look(page, "gate-cleared");
    });

    test("of the gate with a document to compare, and with old lists", async () => {
      const page = await visit("gate");
      await take(page, made.thumbprint, made.bundle);
      await fold(page);
      await paste(page, await made.shown());
      await page.waitForSelector("#identity:not([hidden])");
      await page.fill("#id-number", "1");
      await page.click("#identity button");
      await look(page, "gate-identity");
      await page.close();
      for (const [name, days] of [["old", 2], ["expired", 25], ["clock", -40]]) {
        const wrong = await context.newPage();
        await wrong.addInitScript((ahead) => {
          const now = Date.now;
          Date.now = () => now() + ahead;
        }, days * 86_400_000);
        await wrong.goto(`${server.url}/${here}/gate.html`);
        await wrong.waitForSelector("body[data-ready]");
        await look(wrong, `gate-lists-${name}`);
        if (name === "expired") {
          await paste(wrong, made.codes.green);
          await look(wrong, "gate-cannot-judge");
        }
        await wrong.close();
      }
    });

    test("of the wallet", async () => {
      const page = await visit("wallet", blind);
      const give = async (text) => {
        if (await page.isHidden("#scan")) await page.click("#go");
        await page.fill("#text", text);
        await page.click("#paste-form button");
      };
      await look(page, "wallet-empty");
      await page.click("#go");
      await look(page, "wallet-scan");
      await give("nonsense");
      await page.waitForSelector("#trouble .note");
      await look(page, "wallet-unreadable");
      await give(asked);
      await page.waitForSelector("#question:not([hidden])");
      await look(page, "wallet-question");
      await page.click("#yes");
      await page.waitForSelector("#code svg");
      await look(page, "wallet-proof");
      const key = await page.evaluate(() => new Promise((resolve) => {
        indexedDB.open("healthpass-wallet").onsuccess = ({ target }) => {
          const all = target.result.transaction("entries").objectStore("entries").getAll();
          all.onsuccess = () => resolve([...all.result.find((one) => one.publicKey).publicKey]);
        };
      }));
      await give(made.for(Buffer.from(key).toString("hex"), { color: 1, 2: "王*", 4: 4, 5: Math.floor(Date.now() / 1000) + 259_200 }));
      await page.waitForSelector("#fresh:not([hidden])");
      await look(page, "wallet-live");
      await give(writeChallenge(crypto.getRandomValues(new Uint8Array(16))));
      await page.waitForSelector("#done:not([hidden])");
      await look(page, "wallet-answer");
      await give(made.codes.green);
      await page.waitForSelector("#people:not([hidden])");
      await take(page, made.thumbprint, made.bundle);
      await page.waitForSelector("#facts a");
      await look(page, "wallet-paper");
      await give(made.codes.expired);
      await page.waitForSelector("#code .note.bad");
      await unfold(page);
      await look(page, "wallet-expired");
    });

    test("of a look inside", async () => {
      const page = await visit("inside");
      await page.waitForFunction(() => document.getElementById("judged").textContent !== "");
      await look(page, "inside-valid");
      await page.click('#parts [data-index="40"]');
      await page.click("#bits .bit-row button >> nth=2");
      await page.waitForSelector("#steps .refused");
      await unfold(page);
      await look(page, "inside-refused");
      await page.fill("#text", "HP2:ABC");
      await look(page, "inside-no-code");
    });
  });
}
