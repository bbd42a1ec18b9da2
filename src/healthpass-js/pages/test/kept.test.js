/** What the pages keep, and what may happen to it: cleared, full, of another version, under a wrong clock, in two tabs. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { encode } from "../../lib/cbor.js";
import { DATA, go, open, paste, serve, take, taken } from "./browser.mjs";

const { thumbprint, codes } = JSON.parse(readFileSync(join(DATA, "world.json"), "utf8"));
const asked = readFileSync(join(DATA, "challenge.txt"), "utf8");
const bundle = readFileSync(join(DATA, "bundle.cbor"));
const YEARS = 10 * 365 * 86_400_000; // ms

let context, sites;
/** An address of its own, and so a storage of its own. */
async function site() {
  const made = await serve();
  sites.push(made);
  return made.url;
}
const trouble = (page) => page.textContent("#trouble");
/** Opens a page that may not get ready. */
async function visit(url, ahead = 0) {
  const page = await context.newPage();
  await page.addInitScript((ms) => {
    const now = Date.now;
    Date.now = () => now() + ms;
  }, ahead);
  await page.goto(url);
  return page;
}

/** All that a database holds, as text; `changes` are written first. In a page without scripts of its own. */
async function database(url, name, changes = {}) {
  const page = await context.newPage();
  await page.goto(`${url}/pages.css`);
  const held = await page.evaluate(async ([which, written]) => {
    const wait = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));
    const opened = await wait(indexedDB.open(which));
    const entries = opened.transaction("entries", "readwrite").objectStore("entries");
    for (const [key, value] of Object.entries(written)) await wait(Array.isArray(value) ? entries.put(new Uint8Array(value), key) : entries.put(value, key));
    const all = await Promise.all((await wait(entries.getAllKeys())).map(async (key) => [key, await wait(entries.get(key))]));
    opened.close();
    return all.map(([key, value]) => [key, value instanceof Uint8Array ? [...value] : value.id ? Object.keys(value) : value]);
  }, [name, changes]);
  await page.close();
  return held;
}

/** What a page of a later version does with a database. */
async function upgrade(url, name) {
  const page = await context.newPage();
  await page.goto(`${url}/pages.css`);
  await page.evaluate((which) => new Promise((resolve) => {
    indexedDB.open(which, 2).onsuccess = ({ target }) => resolve(target.result.close());
  }), name);
  await page.close();
}

async function clear(page, url) {
  const session = await context.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin: url, storageTypes: "indexeddb" });
}

async function enrol(page) {
  await page.click("#go");
  await page.fill("#text", asked);
  await page.click("#paste-form button");
  await page.click("#yes");
}

describe("what is kept", { concurrency: false }, () => {
  before(async () => (context = await open({ camera: [] })));
  before(() => (sites = []));
  afterEach(() => Promise.all(context.pages().slice(1).map((page) => page.close())));
  after(async () => {
    await context.close();
    await Promise.all(sites.map((one) => one.stop()));
  });

  test("a gate whose storage is cleared while it is open says so, goes on, and has to be pinned again", async () => {
    const url = await site();
    const page = await go(context, `${url}/en/gate.html`);
    await take(page, thumbprint, bundle);
    await clear(page, url);
    await page.waitForSelector("#trouble .stays");
    assert.match(await trouble(page), /data of this site was cleared[^]*Then pin again/);
    assert.equal(await paste(page, codes.green), "valid");
    assert.match(await trouble(page), /was cleared/); // it stays
    assert.match(await take(page, "", bundle), /could not keep/);
    assert.equal(await paste(page, codes.withdrawn), "revoked");
    await page.reload();
    await page.waitForSelector("body[data-state=first]");
  });

  test("a wallet whose storage is cleared or full says so, and shows what it has", async () => {
    const url = await site();
    const page = await go(context, `${url}/en/wallet.html`);
    const session = await context.newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: url, quotaSize: 1 });
    await enrol(page);
    await page.waitForSelector("#trouble .note");
    assert.match(await trouble(page), /storage is full[^]*Nothing was changed/);
    assert.ok(await page.isVisible("#empty")); // a key that is not kept is not proved
    await session.send("Storage.overrideQuotaForOrigin", { origin: url });
    await page.reload();
    await page.waitForSelector("body[data-ready]");
    await enrol(page);
    await page.waitForSelector("#code svg");
    await clear(page, url);
    await page.waitForSelector("#trouble .stays");
    assert.match(await trouble(page), /the codes and their keys/);
    assert.ok(await page.isVisible("#code svg"));
  });

  test("a gate's store of another version, or damaged, is told and left as it is", async () => {
    const url = await site();
    const page = await go(context, `${url}/en/gate.html`);
    await take(page, thumbprint, bundle);
    await page.close();
    const name = "healthpass-trust-gate";
    const held = Object.fromEntries(await database(url, name));
    const [state] = Object.keys(held).filter((key) => key !== "pins");
    const form = (version) => [...held[state].slice(0, 1), version, ...held[state].slice(2)];
    for (const [key, value] of [[state, form(2)], [state, held[state].slice(0, -5)], ["pins", [...encode([1, "test", []])]], ["pins", [...encode([0, "production", []])]]]) {
      const before = await database(url, name, { [key]: value });
      const broken = await visit(`${url}/en/gate.html`);
      await broken.waitForSelector("#trouble .note");
      assert.match(await trouble(broken), /another version[^]*Nothing was changed/);
      assert.equal(await broken.isVisible("#scan"), false);
      await broken.close();
      assert.deepEqual(await database(url, name), before);
      await database(url, name, { [key]: held[key] });
    }
    const again = await go(context, `${url}/en/gate.html`);
    assert.equal(await paste(again, codes.green), "valid");
    await again.close();
    await upgrade(url, name);
    const newer = await visit(`${url}/zh/gate.html`);
    await newer.waitForSelector("#trouble .note");
    assert.match(await trouble(newer), /本页的其他版本/);
  });

  test("a wallet shows its codes beside those of another version, and loses neither", async () => {
    const url = await site();
    const page = await go(context, `${url}/en/wallet.html#${encodeURIComponent(codes.yellow)}`);
    await page.click("#yes");
    await page.waitForSelector("#code svg");
    await page.close();
    const name = "healthpass-wallet";
    const before = await database(url, name, { "card:later": { id: "later", form: 2 }, "card:none": "text" });
    const again = await go(context, `${url}/en/wallet.html`);
    assert.match(await trouble(again), /another version[^]*: 2\. They stay/);
    assert.equal(await again.textContent("#card-title"), "李*");
    await again.close();
    assert.deepEqual(await database(url, name), before);
    await upgrade(url, name);
    const newer = await visit(`${url}/en/wallet.html`);
    await newer.waitForSelector("#trouble .note");
    assert.match(await trouble(newer), /Do not clear the browser's data/);
  });

  test("a clock that is years wrong is told with its date, by the gate and by the wallet", async () => {
    const url = await site();
    for (const [ahead, said] of [[-YEARS, [/This device's clock says \d+ \w+ 20[^]*ahead of the clock here/, /no registry yet/]], [YEARS, [/./, /By this device's clock, \d+ \w+ 20/]]]) {
      const wrong = await visit(`${url}/en/gate.html`, ahead);
      await wrong.waitForSelector("body[data-ready]");
      assert.match(await take(wrong, thumbprint, bundle), said[0]);
      assert.match(await wrong.textContent("#age"), said[1]);
      await wrong.close();
    }
    const gate = await go(context, `${url}/en/gate.html`);
    await take(gate, thumbprint, bundle);
    assert.match(await gate.textContent("#age"), /fresh/);
    await gate.close();
    const wallet = await go(context, `${url}/en/wallet.html#${encodeURIComponent(codes.yellow)}`);
    await wallet.click("#yes");
    await wallet.waitForSelector("#code svg");
    await wallet.close();
    for (const [ahead, age, verdict, words] of [[-YEARS, /clock, \d+ \w+ 20\d\d, [\d:]+, is behind/, "clock-suspect", /not in force before/], [YEARS, /By this device's clock, \d+ \w+ 20\d\d[^]*Check the clock/, "registry-stale", /expired on[^]*by this phone's clock/]]) {
      const wrong = await visit(`${url}/en/gate.html`, ahead);
      await wrong.waitForSelector("body[data-ready]");
      assert.match(await wrong.textContent("#age"), age);
      assert.equal(await paste(wrong, codes.green), verdict);
      await wrong.close();
      const holder = await visit(`${url}/en/wallet.html`, ahead);
      await holder.waitForSelector("body[data-ready]");
      assert.match(await holder.innerText("#card"), words);
      await holder.close();
    }
  });

  test("a wallet in a second tab waits until the first is closed", async () => {
    const url = await site();
    const one = await go(context, `${url}/en/wallet.html`);
    const two = await visit(`${url}/en/wallet.html`);
    await two.waitForSelector("#other-tab:not([hidden])");
    assert.equal(await two.isVisible("#go"), false);
    await one.close();
    await two.waitForSelector("body[data-ready]");
    assert.ok(await two.isVisible("#empty"));
  });
});
