import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { bestEngine, MemoryStorage, Memory, TrustStore, verify, writeChallenge } from "../../lib/index.js";
import { fromHex } from "../../lib/bytes.js";
import { enrol } from "../../kit/issue.mjs";
import { DATA, findings, fits, go, open, scanned, serve, shot } from "./browser.mjs";
import { world } from "./world.mjs";

const made = world();
let context, server, store;
const wallet = (language = "en", fragment = "") => go(context, `${server.url}/${language}/wallet.html${fragment}`);

const asked = readFileSync(join(DATA, "challenge.txt"), "utf8"); // of the Python library, which checks the proof in the end
const paste = async (page, text) => {
  if (await page.isHidden("#scan")) await page.click("#go");
  await page.fill("#text", text);
  await page.click("#paste-form button");
};
const shown = (page) => scanned(page.locator("#code svg"));

describe("the wallet", { concurrency: false }, () => {
  before(async () => {
    server = await serve();
    context = await open({ permissions: ["clipboard-read", "clipboard-write"] });
    store = await TrustStore.open({ storage: new MemoryStorage() });
    await store.pin("CN-33", 1, fromHex(made.thumbprint));
    await store.update(made.bundle, Math.floor(Date.now() / 1000));
  });
  afterEach(() => Promise.all(context.pages().slice(1).map((page) => page.close())));
  after(async () => {
    await context.close();
    await server.stop();
  });
  const judge = async (text, more = {}) => (await verify(text, { registry: store, at: Math.floor(Date.now() / 1000), memory: new Memory(), ...more })).verdict;

  test("proves a key that cannot be copied, and shows the code live, afresh every 30 seconds", async () => {
    const page = await wallet();
    await shot(page, "wallet-empty-390");
    assert.deepEqual(await findings(page), []);
    await paste(page, asked);
    assert.match(await page.textContent("#question-title"), /CN-33-01\.WJW asks for a key/);
    await shot(page, "wallet-ask-390");
    assert.equal(await page.textContent("#trouble"), "");
    await page.click("#yes");
    await page.waitForSelector("#code svg");
    await shot(page, "wallet-proof-390");
    const proof = await shown(page);
    await page.click("#copy");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), proof);
    writeFileSync(join(DATA, "proof.txt"), proof);
    const key = await enrol(await bestEngine(), proof, asked); // what an office does
    const isLocked = await page.evaluate(() => new Promise((resolve) => {
      const request = indexedDB.open("healthpass-wallet");
      request.onsuccess = () => {
        const all = request.result.transaction("entries").objectStore("entries").getAll();
        all.onsuccess = () => resolve(all.result.filter((one) => one.pair).map((one) => [one.pair.privateKey.extractable, one.seed]));
      };
    }));
    assert.deepEqual(isLocked, [[false, undefined]]);
    await paste(page, made.for(key));
    await page.waitForSelector("#fresh:not([hidden])");
    assert.equal(await page.textContent("#card-title"), "王*");
    const first = await shown(page);
    const drawn = await page.getAttribute("#code path", "d");
    assert.equal(await judge(first), "valid");
    await shot(page, "wallet-code-390");
    assert.deepEqual(await findings(page), []);
    assert.ok(await fits(page));
    await page.evaluate(() => {
      const now = Date.now;
      Date.now = () => now() + 30_000;
    });
    await page.waitForFunction((before) => document.querySelector("#code path").getAttribute("d") !== before, drawn);
    const second = await shown(page);
    assert.notEqual(second, first);
    assert.equal(await judge(second), "valid");
    assert.deepEqual(page.errors, []);
  });

  test("answers a gate's challenge, and stops", async () => {
    const page = await wallet();
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    await paste(page, writeChallenge(nonce));
    await page.waitForSelector("#done:not([hidden])");
    const text = await shown(page);
    assert.equal(await judge(text, { nonce }), "valid");
    assert.equal(await judge(text), "presentation-mismatch");
    await shot(page, "wallet-answer-390");
    await page.click("#done");
    await page.waitForFunction(() => document.getElementById("done").hidden);
    assert.equal(await judge(await shown(page)), "valid");
  });

  test("keeps several, takes a code by a link, and refuses what is another phone's", async () => {
    const page = await wallet("en", `#${encodeURIComponent(made.codes.yellow)}`);
    assert.match(await page.textContent("#question-title"), /Keep this code of CN-33-01\.WJW, for 李\*/);
    assert.equal(await page.evaluate(() => location.hash), "");
    await page.click("#yes");
    await page.waitForFunction(() => document.getElementById("card-title").textContent === "李*");
    assert.equal(await shown(page), made.codes.yellow);
    assert.deepEqual(await page.locator("#people button").allTextContents(), ["王*", "李*"]);
    await page.evaluate(() => (document.getElementById("this").open = true));
    await page.fill("#label", "Grandma");
    await page.click("#rename button");
    await page.waitForFunction(() => document.getElementById("card-title").textContent === "Grandma");
    await paste(page, made.codes.bound);
    await page.waitForSelector("#trouble .note");
    assert.match(await page.textContent("#trouble"), /another phone/);
    for (const text of ["HPE1:ABC", "HPC1:A", "https://example.org/#%", "<script>alert(1)</script>"]) {
      await paste(page, text);
      await page.waitForSelector("#trouble .note");
      assert.match(await page.textContent("#trouble"), /nothing that the wallet can use/, text);
    }
    await paste(page, made.codes.expired);
    await page.waitForSelector("#code .note.bad");
    assert.equal(await page.locator("#code svg").count(), 0);
    page.on("dialog", (dialog) => dialog.accept());
    await page.evaluate(() => (document.getElementById("this").open = true));
    await page.click("#remove");
    await page.waitForFunction(() => document.querySelectorAll("#people button").length === 2);
  });

  test("tells the office's name and where to appeal, by lists that were taken; in Chinese, in the dark, on a desktop", async () => {
    const page = await wallet("zh");
    await page.setViewportSize({ width: 1400, height: 900 });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.evaluate(() => (document.getElementById("lists").open = true));
    await page.fill("#thumbprint", made.thumbprint);
    await page.setInputFiles("#bundle", { name: "bundle.cbor", mimeType: "application/cbor", buffer: Buffer.from(made.bundle) });
    await page.click("#take button.main");
    await page.waitForSelector("#facts a");
    assert.equal(await page.getAttribute("#facts a", "href"), "tel:+86-571-12320");
    await page.click("#people button:first-child");
    await page.waitForFunction(() => document.getElementById("card-title").textContent === "王*");
    await page.evaluate(() => (document.getElementById("lists").open = false));
    await shot(page, "wallet-zh-dark-1400");
    assert.deepEqual(await findings(page), []);
    assert.ok(await fits(page));
    assert.deepEqual(page.errors, []);
  });

  test("works without the server", async () => {
    const page = await wallet();
    await page.waitForSelector("html[data-offline=ready]");
    await server.stop();
    await page.reload();
    await page.waitForSelector("#fresh:not([hidden])");
    assert.match(await page.textContent("#seconds"), /new in \d+ s/);
  });
});
