/** What is given to the gate and must do no harm: addresses, bundles, pictures, cameras. */

import assert from "node:assert/strict";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import qrcode from "qrcode-generator";
import { concat } from "../../lib/bytes.js";
import { DAY, document, pair, payload, registryContent, rootContent } from "../../test/make.mjs";
import { DATA, go, open, paste, serve, take, taken, verdict } from "./browser.mjs";

const { thumbprint, codes } = JSON.parse(readFileSync(join(DATA, "world.json"), "utf8"));
const bundle = readFileSync(join(DATA, "bundle.cbor"));
const HUGE = 100 * 1024 * 1024;
const now = Math.floor(Date.now() / 1000);

/** What an address answers that gives no bundle. */
const ANSWERS = {
  "/lists/html": (_, response) => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<!doctype html><title>Sign in to this Wi-Fi</title>"),
  "/lists/error": (_, response) => response.writeHead(503).end(),
  "/lists/moved": (_, response) => response.writeHead(302, { location: "/lists/elsewhere" }).end(),
  "/lists/cut": (_, response) => response.writeHead(200, { "content-length": 5000 }).write("x", () => response.destroy()),
  "/lists/never": () => undefined,
  "/lists/stops": (_, response) => response.writeHead(200).write("x"),
  "/lists/huge": (_, response) => response.writeHead(200, { "content-length": HUGE }).end(),
  "/lists/endless": (_, response) => {
    const part = Buffer.alloc(1 << 20);
    const more = () => response.destroyed || (response.write(part) ? setImmediate(more) : response.once("drain", more));
    response.writeHead(200, { "content-type": "application/octet-stream" });
    more();
  },
  "/lists/empty": (_, response) => response.writeHead(200).end(),
  "/lists/bundle.cbor": bundle,
};

/** A black PNG of so many pixels a side. */
function png(side) {
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, sum]);
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]); // one bit for a pixel
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  const rows = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8))));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

function svg(text) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  return code.createSvgTag({ cellSize: 3, margin: 12 });
}

let context, server, page;
const told = () => page.textContent("#trouble");
const picture = (buffer, mimeType = "image/png") => page.setInputFiles("#picture", { name: "picture", mimeType, buffer });

describe("what is given to a gate", { concurrency: false }, () => {
  before(async () => {
    server = await serve(ANSWERS);
    context = await open();
    page = await go(context, `${server.url}/en/gate.html`);
    assert.match(await take(page, thumbprint, bundle), /is pinned now/);
  });
  afterEach(async () => {
    assert.equal(await paste(page, codes.green), "valid"); // whatever came, nothing was lost
    await page.click("#go");
  });
  after(async () => {
    await context.close();
    await server.stop();
  });

  test("an address that gives no bundle is told in words, and is all that is asked", async () => {
    const said = {
      nothing: /nothing at this address \(404\)/, html: /a web page, not a bundle/, error: /the error 503/, moved: /leads to another one/, cut: /could not be read/,
      huge: /more than 64 MiB/, endless: /more than 64 MiB/, empty: /Nothing in it is of use/,
    };
    server.requests.length = context.asked.length = 0;
    for (const [name, words] of Object.entries(said)) {
      await page.fill("#address", `${server.url}/lists/${name}`);
      await page.click("#take button.main");
      assert.match(await taken(page), words, name);
    }
    await context.setOffline(true);
    await page.click("#take button.main");
    assert.match(await taken(page), /no network/);
    await context.setOffline(false);
    for (const typed of ["http://127.0.0.1:9/x", "https://me:secret@localhost/", "bundle.cbor", "javascript:alert(1)", "file:///etc/passwd"]) {
      await page.fill("#address", typed);
      await page.click("#take button.main");
      assert.match(await taken(page), /begins with https/, typed);
    }
    const asked = server.requests.filter((path) => path !== "/worker.js"); // the browser itself looks for a new version
    assert.deepEqual(asked, Object.keys(said).map((name) => `/lists/${name}`));
    assert.deepEqual(context.asked.filter((url) => !url.startsWith(`${server.url}/`)), []);
  });

  test("an address that stays silent is given up after half a minute", async () => {
    const other = await context.newPage(); // its time is set
    await page.close();
    await other.clock.install();
    await other.goto(`${server.url}/en/gate.html`);
    await other.waitForSelector("body[data-ready]");
    await other.evaluate(() => (document.getElementById("lists").open = true));
    for (const name of ["never", "stops"]) {
      server.requests.length = 0;
      await other.fill("#address", `${server.url}/lists/${name}`);
      await other.click("#take button.main");
      while (!server.requests.includes(`/lists/${name}`)) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(await other.isDisabled("#take button.main"));
      while (await other.isDisabled("#take button.main")) await other.clock.runFor(31_000);
      assert.match(await taken(other), /stopped answering/);
    }
    await other.close();
    page = await go(context, `${server.url}/en/gate.html`);
  });

  test("a bundle that is broken, foreign or too large changes nothing", async () => {
    const large = join(DATA, "large.cbor");
    writeFileSync(large, "");
    truncateSync(large, HUGE);
    const [root, other] = [pair("root of another"), pair("registry of another")];
    const rootOf = (more, signers = [root]) => document("root", payload({ content: rootContent([root], [other]), iat: now - DAY, exp: now + DAY, ...more }), signers);
    const flipped = Buffer.from(bundle);
    flipped[60] ^= 1;
    const given = {
      "an empty file": [Buffer.alloc(0), /Nothing in it/],
      "a web page": [Buffer.from("<!doctype html>"), /Nothing in it/],
      "JSON": [Buffer.from('{"root":1}'), /Nothing in it/],
      "a picture": [png(8), /Nothing in it/],
      "arrays in arrays": [Buffer.alloc(200_000, 0x81), /Nothing in it/],
      "a length of 2^63": [Buffer.from("d2845b7fffffffffffffff", "hex"), /Nothing in it/],
      "the end is missing": [bundle.subarray(0, bundle.length - 9), /layout/],
      "something follows": [concat(bundle, Buffer.from("more")), /layout/],
      "a bit of the root": [flipped, /\w/],
      "another root": [rootOf({}), /Nothing in it/],
      "the same authority by a thief": [rootOf({}, [pair("thief")]), /Nothing in it/],
      "a registry by a thief": [document("registry", payload({ content: registryContent([]), iat: now }), [pair("thief")]), /Nothing in it/],
      "of another environment": [rootOf({ environment: "test" }), /Nothing in it/],
      "of next year": [rootOf({ iat: now + 365 * DAY, exp: now + 400 * DAY }), /Nothing in it/],
      "100 MB": [large, /more than 64 MiB/],
    };
    for (const [name, [bytes, words]] of Object.entries(given)) {
      const said = await take(page, "", bytes);
      assert.match(said, words, `${name}: ${said}`);
      assert.equal(await page.locator(".anchors li").count(), 1, name);
    }
    assert.match(await take(page, "", ...Array(30).fill(bundle)), /The lists have been taken/);
  });

  test("a picture that is huge, has several codes, or is none is told in words", async () => {
    const screen = await context.newPage();
    const shown = async (...texts) => {
      await screen.setContent(`<body style="background:#fff">${texts.map(svg).join(" ")}`);
      return screen.screenshot({ fullPage: true });
    };
    await screen.setViewportSize({ width: 1200, height: 800 });
    const ten = await shown(...Array.from({ length: 9 }, (_, i) => `${codes.green}${i}`), codes.green);
    const poster = await shown("https://example.org/menu", codes.green, codes.green);
    await screen.close();
    context.asked.length = 0;
    for (const [buffer, words, type] of [
      [png(11_000), /too large/],
      [ten, /More than one code/],
      [Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="${server.url}/lists/x.png"/></svg>`), /not a picture/, "image/svg+xml"],
      [Buffer.from("\x89PNG\r\n\x1a\nno more", "latin1"), /not a picture/],
      [Buffer.from("text"), /not a picture/, "text/plain"],
    ]) {
      await picture(buffer, type);
      await page.waitForSelector("#trouble .note, #verdict:not([hidden])");
      assert.match(await told(), words);
      await page.evaluate(() => document.getElementById("trouble").replaceChildren());
      assert.equal(await page.isVisible("#verdict"), false);
    }
    await picture(poster); // a code of another kind beside it, and the same twice
    assert.equal(await verdict(page), "valid");
    assert.equal(await told(), ""); // what went wrong before is not said for the next person
    await page.click("#go");
    await picture(png(300));
    assert.equal(await verdict(page), "no-code");
    assert.deepEqual(context.asked.filter((url) => !/^blob:|zxing_reader\.wasm$/.test(url)), []); // of the page itself
  });
});

test("a camera that is refused, taken by another program, or absent: each is told, and picture and paste are left", async (t) => {
  const site = await serve();
  const some = await open({ camera: ["--use-fake-device-for-media-stream"] });
  const none = await open({ camera: ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=0"] });
  t.after(() => Promise.all([some.close(), none.close(), site.stop()]));
  const says = async (gate, words) => {
    await gate.click("#go");
    await gate.waitForSelector("#trouble .note");
    assert.match(await gate.textContent("#trouble"), words);
    await gate.setInputFiles("#picture", join(DATA, "green.png"));
    assert.equal(await verdict(gate), "valid");
    assert.equal(await gate.textContent("#trouble"), "");
    await gate.click("#go");
  };
  const gate = await go(some, `${site.url}/en/gate.html`);
  await take(gate, thumbprint, bundle);
  await says(gate, /not allowed/);
  await gate.evaluate(() => { // no camera of Chromium's own can be taken: this is what it says of one that is
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("Could not start video source", "NotReadableError"));
  });
  await says(gate, /Another program uses the camera/);
  const other = await go(none, `${site.url}/en/gate.html`);
  await take(other, thumbprint, bundle);
  await says(other, /No camera was found/);
});
