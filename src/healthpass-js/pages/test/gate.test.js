import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { readFileSync } from "node:fs";
import { readChallenge } from "../../lib/enrolment.js";
import { HolderKey } from "../../lib/index.js";
import { pair } from "../../test/make.mjs";
import { DATA, findings, fits, go, lab, open, paste, scanned, seen, serve, shot, take } from "./browser.mjs";

const { thumbprint, codes } = JSON.parse(readFileSync(join(DATA, "world.json"), "utf8"));
const phone = await HolderKey.fromSeed(pair("phone of the pages").seed);
const spaced = thumbprint.replace(/(.{4})/g, "$1 ");
const bundle = readFileSync(join(DATA, "bundle.cbor"));
let context, server;
const gate = (language = "en") => go(context, `${server.url}/${language}/gate.html`);
const set = (page, at = bundle) => take(page, spaced, at);

describe("the gate", { concurrency: false }, () => {
  before(async () => {
    server = await serve({ "/lists/bundle.cbor": bundle });
    context = await open({ video: join(DATA, "green.mjpeg") });
  });
  afterEach(() => Promise.all(context.pages().slice(1).map((page) => page.close())));
  after(async () => {
    await context.close();
    await server.stop();
  });

  test("from opening to the first verdict: pin, take, scan", async () => {
    const first = await gate();
    await shot(first, "gate-first-390");
    assert.deepEqual(await findings(first), []);
    await first.close();
    const begun = Date.now();
    const page = await gate();
    await set(page);
    assert.match(await page.textContent("#taken"), /CN-33, root 1, is pinned now/);
    await page.click("#go");
    await page.waitForSelector("#verdict:not([hidden])");
    console.log(`first verdict after ${Date.now() - begun} ms, in 5 steps`);
    assert.equal(await page.getAttribute("#verdict", "data-verdict"), "valid");
    assert.match(await page.innerText("#verdict"), /Green[^]*张\*丰[^]*not withdrawn/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "go");
    await shot(page, "gate-green-390");
    assert.deepEqual(await findings(page), []);
    assert.ok(await fits(page));
    await page.keyboard.press("Enter"); // the next one, by the keyboard alone: the same phone is still there
    await page.waitForFunction(() => /just been verified/.test(document.getElementById("scan-said").textContent));
    await page.click("#go");
    await page.click("#go"); // stop, and scan: once more
    await page.waitForSelector("#verdict:not([hidden])");
    assert.match(await page.textContent("#counts caption"), /: 2 verified/);
    assert.deepEqual(page.errors, []);
    assert.deepEqual(server.requests.filter((path) => path.startsWith("/lists")), []);
    await page.close();
  });

  test("each outcome has its own word, shape and colour", async () => {
    const page = await gate();
    const seen = [];
    for (const [name, verdict] of Object.entries({ green: "valid", yellow: "valid", red: "valid", withdrawn: "revoked", expired: "expired", unknown: "unknown-key", bound: "presentation-required" })) {
      assert.equal(await paste(page, codes[name]), verdict, name);
      seen.push(await page.evaluate(() => [document.querySelector("#verdict .shape").textContent, document.querySelector("#verdict").className].join(" ")));
      await shot(page, `gate-${name}-390`);
      if (verdict !== "valid") assert.doesNotMatch(await page.innerText("#verdict"), /张|CN-33|In force/); // no claim of a code that is not valid
    }
    assert.deepEqual(seen.slice(0, 4), ["● green", "▲ yellow", "■ red", "✕ not-valid"]);
    assert.equal(await paste(page, "https://example.org/"), "malformed-text");
    assert.equal(await paste(page, `<img src=x onerror=alert(1)>`), "malformed-text");
    assert.deepEqual(page.errors, []);
    await page.close();
  });

  test("the five faces stay apart for the colour-blind, by luminance and colour, shape and word", async () => {
    const page = await gate();
    const faces = {};
    for (const name of ["green", "yellow", "red", "not-valid", "cannot-judge"]) {
      if (name !== "cannot-judge") await paste(page, { ...codes, "not-valid": codes.withdrawn }[name]);
      else {
        await page.click("#go");
        await page.setInputFiles("#picture", { name: "none.png", mimeType: "image/png", buffer: await page.screenshot() });
        await page.waitForSelector("#verdict:not([hidden])");
      }
      assert.equal(await page.getAttribute("#verdict", "class"), name);
      const { x, y, width } = await page.locator("#verdict").boundingBox();
      const clip = { x: x + width - 24, y: y + 32, width: 8, height: 8 }; // what no word covers
      faces[name] = {};
      for (const vision of ["none", "deuteranopia", "protanopia", "tritanopia", "achromatopsia"]) faces[name][vision] = lab(await seen(page, vision, clip));
    }
    for (const vision of Object.keys(faces.green)) {
      const pairs = Object.keys(faces).flatMap((a, i, all) => all.slice(i + 1).map((b) => [a, b, Math.hypot(...faces[a][vision].map((one, n) => one - faces[b][vision][n]))]));
      pairs.sort((one, two) => one[2] - two[2]);
      console.log(`${vision}: ${pairs.slice(0, 3).map(([a, b, distance]) => `${a}/${b} ${distance.toFixed(1)}`).join(", ")}`);
      assert.ok(pairs[0][2] >= 12, `${vision}: ${pairs[0]}`);
    }
  });

  test("a light is there where the camera has one, and goes out with it", async () => {
    const page = await context.newPage();
    await page.addInitScript(() => { // no camera of Chromium's own has a light
      globalThis.lit = [];
      MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
      MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => void globalThis.lit.push(advanced[0].torch);
    });
    await page.goto(`${server.url}/en/gate.html`);
    await page.waitForSelector("body[data-ready]");
    assert.equal(await page.isVisible("#torch"), false);
    await page.click("#go");
    await page.waitForSelector("#verdict:not([hidden])");
    await page.click("#go");
    await page.click("#torch");
    assert.equal(await page.getAttribute("#torch", "aria-pressed"), "true");
    await page.click("#torch");
    assert.deepEqual(await page.evaluate(() => globalThis.lit), [true, false]);
    await page.click("#torch");
    await page.click("#go");
    assert.equal(await page.isVisible("#torch"), false);
    assert.equal(await page.getAttribute("#torch", "aria-pressed"), "false");
    await page.close();
    const plain = await gate();
    await plain.click("#go");
    await plain.waitForSelector("#verdict:not([hidden])");
    await plain.click("#go");
    assert.equal(await plain.isVisible("#torch"), false);
    assert.equal(await plain.isChecked("#sound") || await plain.isChecked("#vibration"), false);
  });

  test("decides by the policy of the office that it names, and asks what it has to", async () => {
    const page = await gate();
    await page.evaluate(() => (document.getElementById("policy").open = true));
    await page.fill("#office", "nobody");
    await page.click("#policy-form button");
    assert.match(await page.textContent("#policy-said"), /no issuer id/);
    await page.fill("#office", "cn-33-01.wjw");
    await page.click("#policy-form button");
    await page.waitForFunction(() => /in force until/.test(document.getElementById("policy-said").textContent));
    assert.ok(await page.isVisible("#place"));
    assert.deepEqual(await findings(page), []);
    const decided = () => page.innerText("#verdict .policy");
    await page.evaluate(() => {
      globalThis.said = [];
      new MutationObserver(() => globalThis.said.push(document.getElementById("announce").textContent)).observe(document.getElementById("announce"), { childList: true, subtree: true });
    });
    const said = () => page.evaluate(() => globalThis.said.splice(0).filter((one) => one !== ""));
    assert.equal(await paste(page, codes.green), "valid");
    assert.match(await decided(), /Have you been in a key area[^]*您14天内/);
    assert.match((await said()).join("|"), /^green [^|]*Have you been in a key area within 14 days\?$/); // once
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Have you been in a key area within 14 days?");
    await page.keyboard.press("Enter"); // answers nothing
    assert.match(await decided(), /Have you been/);
    await shot(page, "gate-asks-390");
    await page.click("#verdict .policy button:has-text('No')");
    assert.equal(await page.evaluate(() => document.activeElement.id), "go");
    assert.match(await decided(), /Admit[^]*Rule green of CN-33-01\.WJW/);
    assert.match((await said()).join("|"), /^admit[^|]*Rule green of CN-33-01\.WJW[^|]*$/i);
    await paste(page, codes.yellow);
    await page.click("#verdict .policy button:has-text('Yes')");
    assert.match(await decided(), /Refer to a fever clinic[^]*register the person/);
    await paste(page, codes.yellow);
    await page.click("#verdict .policy button:has-text('No')");
    assert.match(await decided(), /Quarantine at home[^]*test on arrival[^]*Until[^]*Stay at home for seven days/);
    await shot(page, "gate-decided-390");
    assert.deepEqual(await findings(page), []);
    await paste(page, codes.red);
    assert.match(await decided(), /Turn back/);
    await page.click("#without");
    assert.equal(await page.getAttribute("#verdict", "data-verdict"), "no-code");
    assert.match(await decided(), /Turn back/);
    assert.equal(await paste(page, codes.expired), "expired");
    assert.equal(await page.locator("#verdict .policy").count(), 0);
    await page.reload();
    await page.waitForSelector("body[data-ready]");
    assert.equal(await page.inputValue("#office"), "CN-33-01.WJW");
    await page.evaluate(() => (document.getElementById("policy").open = true));
    await page.fill("#office", "");
    await page.click("#policy-form button");
    assert.deepEqual(page.errors, []);
  });

  test("updates from the address that is typed, and asks for nothing else", async () => {
    const page = await gate();
    await page.evaluate(() => (document.getElementById("lists").open = true));
    await page.fill("#address", `${server.url}/lists/bundle.cbor`);
    server.requests.length = 0;
    await page.click("#take button.main");
    await page.waitForSelector("#taken .note.good");
    const asked = server.requests.filter((path) => path !== "/worker.js"); // the browser itself looks for a new version
    assert.deepEqual(asked, ["/lists/bundle.cbor"]);
    await page.fill("#address", "http://127.0.0.1:9/x");
    await page.click("#take button.main");
    await page.waitForSelector("#taken .note.bad");
    assert.match(await page.textContent("#taken"), /begins with https/);
    await page.close();
  });

  test("refuses hostile bundles and wrong thumbprints, and keeps what it has", async () => {
    const page = await gate();
    await page.evaluate(() => (document.getElementById("lists").open = document.getElementById("pin").open = true));
    const attempt = (typed, bytes) => take(page, typed, bytes);
    assert.match(await attempt("12ab", bundle), /64 digits/);
    assert.match(await attempt("0".repeat(64), bundle), /No root in this bundle/);
    assert.match(await attempt(spaced, Buffer.from("<!doctype html>")), /No root in this bundle/);
    assert.match(await attempt("", Buffer.alloc(300_000, 0xd8)), /Nothing in it is of use/);
    assert.match(await attempt("", bundle.subarray(0, bundle.length - 1)), /taken[^]*layout/);
    const broken = Buffer.from(bundle);
    broken[broken.length - 1] ^= 1;
    assert.match(await attempt("", broken), /taken[^]*does not verify|taken[^]*holds it already/);
    assert.match(await attempt("", readFileSync(join(DATA, "rival.cbor"))), /Nothing in it is of use/);
    await shot(page, "gate-lists-390");
    assert.equal(await paste(page, codes.green), "valid");
    await page.close();
  });

  test("a challenge is asked, and a code without the answer does not pass", async () => {
    const page = await gate();
    await page.click("#ask");
    assert.ok(await page.isVisible("#challenge svg"));
    await shot(page, "gate-challenge-390");
    const first = await page.getAttribute("#challenge svg path", "d");
    assert.equal(await paste(page, codes.bound), "presentation-required");
    assert.notEqual(await page.getAttribute("#challenge svg path", "d"), first); // serves one showing
    const asked = async () => {
      if (await page.isVisible("#verdict")) await page.click("#go");
      return readChallenge(await scanned(page.locator("#challenge svg")));
    };
    const answer = (more) => phone.present(codes.bound, { at: Math.floor(Date.now() / 1000), ...more });
    const nonce = await asked();
    const text = await answer({ nonce });
    assert.equal(await paste(page, text), "valid");
    assert.match(await page.innerText("#verdict"), /in answer to this gate's challenge/);
    assert.equal(await paste(page, text), "presentation-mismatch");
    assert.equal(await paste(page, await answer({})), "presentation-mismatch");
    await asked();
    await page.click("#ask");
    const live = await answer({});
    assert.equal(await paste(page, live), "valid");
    assert.equal(await paste(page, live), "presentation-stale"); // a second time
    await page.close();
  });

  test("a second tab waits until the first is closed", async () => {
    const [one, two] = [await gate(), await context.newPage()];
    await two.goto(`${server.url}/en/gate.html`);
    await two.waitForSelector("#other-tab:not([hidden])");
    assert.equal(await two.isVisible("#scan"), false);
    await one.close();
    await two.waitForSelector("body[data-ready]");
    assert.equal(await paste(two, codes.green), "valid");
    await two.close();
  });

  test("says when lists are old, have expired, or the clock is wrong", async () => {
    for (const [days, word] of [[2, "old"], [25, "expired"], [-40, "clock"]]) {
      const page = await context.newPage();
      await page.addInitScript((ahead) => {
        const now = Date.now;
        Date.now = () => now() + ahead;
      }, days * 86_400_000);
      await page.goto(`${server.url}/en/gate.html`);
      await page.waitForSelector("body[data-ready]");
      assert.equal(await page.getAttribute("#age", "class"), `age-line ${word}`);
      const verdict = await paste(page, codes.yellow);
      assert.equal(verdict, { old: "expired", expired: "registry-stale", clock: "clock-suspect" }[word]);
      await shot(page, `gate-${word}-390`);
      await page.close();
    }
  });

  test("on a desktop, in Chinese and in the dark", async () => {
    const page = await gate("zh");
    await page.setViewportSize({ width: 1400, height: 900 });
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await paste(page, codes.yellow), "valid");
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    await shot(page, "gate-yellow-zh-dark-1400");
    assert.match(await page.innerText("#verdict"), /黄码[^]*应检未检/);
    assert.deepEqual(await findings(page), []);
    assert.ok(await fits(page));
    await page.close();
  });

  test("works without the server, and begins anew when the storage was wiped", async () => {
    const page = await gate();
    await page.waitForSelector("html[data-offline=ready]");
    await server.stop();
    await page.reload();
    await page.waitForSelector("body[data-ready]");
    await page.click("#go");
    await page.waitForSelector("#verdict:not([hidden])");
    assert.equal(await page.getAttribute("#verdict", "data-verdict"), "valid");
    const session = await context.newCDPSession(page);
    await session.send("Storage.clearDataForOrigin", { origin: server.url, storageTypes: "indexeddb" });
    await page.reload();
    await page.waitForSelector("body[data-state=first]");
    assert.ok(await page.isVisible("#thumbprint"));
    await session.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: 1 });
    await set(page);
    assert.match(await page.textContent("#taken"), /storage is full/);
  });
});
