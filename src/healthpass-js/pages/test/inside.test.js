import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { findings, fits, go, open, scanned, serve, shot } from "./browser.mjs";

let context, server;
const inside = (language = "en") => go(context, `${server.url}/${language}/inside.html`);
const verdict = (page, word) => page.waitForFunction((wanted) => document.getElementById("judged").textContent.startsWith(wanted), word);
const refusing = async (page) => page.getAttribute("#steps .refused", "value");
/** Turns a bit of the byte, as somebody does. */
async function flip(page, index, bit = 0) {
  await page.click(`#parts [data-index="${index}"]`);
  await page.click(`#bits .bit-row button:nth-child(${8 - bit})`);
}

describe("look inside", { concurrency: false }, () => {
  before(async () => {
    server = await serve();
    context = await open();
  });
  afterEach(() => Promise.all(context.pages().slice(1).map((page) => page.close())));
  after(async () => {
    await context.close();
    await server.stop();
  });

  test("every byte of the specification's example stands once, with its rule", async () => {
    const page = await inside();
    await verdict(page, "valid");
    const cells = await page.locator("#parts button").allTextContents();
    assert.equal(cells.length, 169);
    assert.match(cells.join(""), /^d2844da2013204482717ae42e7f7e703a05854a5016c434e/);
    const text = await page.innerText("#parts");
    for (const word of ["kid: first 8 bytes", "key 1: iss", "CN-33-01.WJW", "key 7: status", "SIG-5", "HLT-8", "70000"]) assert.ok(text.includes(word), word);
    assert.match(await page.getAttribute("#parts a >> nth=0", "href"), /spec\/credential\/#ENV-2$/);
    await shot(page, "inside-390");
    assert.deepEqual(await findings(page), []);
    assert.ok(await fits(page));
    assert.deepEqual(page.errors, []);
  });

  test("a changed bit is refused by its step, and can be undone", async () => {
    const page = await inside();
    for (const [index, bit, word, step] of [[0, 0, "malformed-envelope", "2"], [8, 0, "unknown-key", "3"], [40, 0, "bad-signature", "4"], [168, 7, "bad-signature", "4"]]) {
      await flip(page, index, bit);
      await verdict(page, word);
      assert.equal(await refusing(page), step);
      assert.equal(await page.textContent("#changed"), "Bits changed: 1");
      assert.match(await page.textContent("#bits-said"), new RegExp(`${word}: step ${step}`));
      if (index === 40) await shot(page, "inside-flipped-390");
      await page.click("#undo");
      await verdict(page, "valid");
    }
    await page.focus('#parts [data-index="0"]');
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.index), "1");
    await page.fill("#text", "HP2:ABC");
    await verdict(page, "unsupported-version");
    await page.fill("#text", "<b>");
    await verdict(page, "malformed-text");
    assert.match(await page.textContent("#layers"), /no bytes/);
  });

  test("a code of the moment is taken apart too, with what its device has signed", async () => {
    const page = await inside("zh");
    await page.setViewportSize({ width: 1400, height: 900 });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.evaluate(() => (document.getElementById("make").open = true));
    await page.selectOption("#color", "1");
    await page.click("#make-form button");
    await page.waitForFunction(() => document.getElementById("text").value.startsWith("HPP1:"));
    await verdict(page, "valid");
    await shot(page, "inside-made-zh-dark-1400");
    assert.match(await page.innerText("#parts"), /COSE_Key[^]*kty[^]*crv/);
    assert.equal(await scanned(page.locator("#picture svg")), await page.inputValue("#text"));
    const last = (await page.locator("#parts button").count()) - 1;
    await flip(page, last);
    await verdict(page, "bad-signature");
    assert.equal(await refusing(page), "14");
    assert.deepEqual(await findings(page), []);
    assert.ok(await fits(page));
    await page.click("#undo");
    await page.evaluate(() => (document.getElementById("live").checked = false));
    await page.fill("#holder", "张三\u200b");
    await page.click("#make-form button");
    await page.waitForFunction(() => document.getElementById("made").textContent !== "");
    assert.deepEqual(page.errors, []);
  });
});
