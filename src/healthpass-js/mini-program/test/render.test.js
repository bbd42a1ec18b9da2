/** The template, drawn by WeChat's own engine for components (j-component, over a made document). */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import { JSDOM } from "jsdom";
import { codes, opened, out, pinned, scanned } from "./built.mjs";

const { window } = new JSDOM("<!doctype html><html><body></body></html>", { pretendToBeVisual: true });
for (const name of ["document", "HTMLElement", "Element", "Node", "CustomEvent", "Event", "MutationObserver"]) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
}
globalThis.window = window;
const simulate = createRequire(import.meta.url)("miniprogram-simulate");
const template = readFileSync(join(out, "wechat/pages/gate/gate.wxml"), "utf8");

/** The drawn page, and what was tapped: every handler is one of the page's methods. */
function drawn(page) {
  const tapped = [];
  const names = [...template.matchAll(/bind(?:tap|input)="(\w+)"/g)].map(([, name]) => name);
  for (const name of names) assert.equal(typeof page[name], "function", name);
  const methods = Object.fromEntries(names.map((name) => [name, () => tapped.push(name)]));
  const component = simulate.render(simulate.load({ template, data: page.data, methods }));
  component.attach(window.document.body);
  return { component, tapped, text: component.dom.textContent };
}

const wait = () => new Promise((resolve) => setTimeout(resolve, 20));

describe("the page as WeChat draws it", () => {
  test("asks for a thumbprint first", async () => {
    const { page } = await opened("wechat");
    const { text, component, tapped } = drawn(page);
    for (const key of ["gate_first", "lists_pin_why", "mini_take_address", "mini_take_files", "mini_never"]) assert.ok(text.includes(page.data.words[key]), key);
    assert.ok(!text.includes(page.data.words.gate_scan));
    for (const name of [".from-address", ".from-files"]) component.querySelector(name).dispatchEvent("tap");
    await wait();
    assert.deepEqual(tapped, ["takeAddress", "takeFiles"]);
  });

  test("shows whom it trusts, and opens the scanner", async () => {
    const { page } = await pinned("wechat", { language: "en" });
    const { text, component, tapped } = drawn(page);
    for (const part of ["✓ Lists are fresh.", "CN-33 · fresh", "CN-33, root 1, is pinned now.", "Forget CN-33"]) assert.ok(text.includes(part), part);
    component.querySelector(".main").dispatchEvent("tap");
    await wait();
    assert.deepEqual(tapped, ["scan"]);
  });

  test("shows a verdict as word, shape and sentences, and of a refused code nothing", async () => {
    const both = await pinned("wechat", {});
    const good = await scanned(both, codes.green);
    const seen = drawn(both.page);
    for (const part of ["●", "绿码", good.guard, good.tell, good.tellOther, "张*丰", both.page.data.words.gate_next]) assert.ok(seen.text.includes(part), part);
    assert.ok(seen.component.dom.querySelector(".verdict.green"));
    await scanned(both, codes.withdrawn);
    const refused = drawn(both.page);
    assert.ok(refused.text.includes("✕") && refused.component.dom.querySelector(".verdict.not-valid"));
    assert.equal(refused.component.dom.querySelectorAll(".fact").length, 0);
  });
});

test("Alipay's template is the same, in its words", () => {
  const other = readFileSync(join(out, "alipay/pages/gate/gate.axml"), "utf8");
  assert.equal(other.replace(/ a:/g, " wx:").replace(/ onTap=/g, " bindtap=").replace(/ onInput=/g, " bindinput="), template);
  assert.ok(!/[ "]@/.test(template.replace("*this", "")));
});
