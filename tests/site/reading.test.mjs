/** What a reader does on the built site, in Chromium: searches, copies commands, reads on a phone. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { env } from "node:process";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";

const SITE = env.HEALTHPASS_SITE;
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1400, height: 900 };

// Where the first hit has to lead. Among the Chinese ones are words that no list of words has.
const FIRST = {
  zh: {
    撤回: /^withdrawing/, 状态列表: /^spec\/status/, 主管机关: /^authority/, 验码点: /^gate/, 根密钥: /^authority/, 密钥被盗: /^authority/, 台账: /^withdrawing/,
    认可: /^spec\/registry/, 商用密码: /^spec\/annex-cryptography/, SM2: /^spec\/annex-cryptography/, 判定规则: /^(spec\/decision|policies)/,
    颜色规则: /^(spec\/)?coloring/, 二维码: /^quickstart/, 挑战: /^spec\/presentation/, 转码: /^converting/, 隐私: /^spec\/privacy/, issue_many: /^api/,
  },
  en: {
    withdraw: /^withdrawing/, withdrawing: /^withdrawing/, "registry-stale": /^gate/, SM2: /^spec\/annex-cryptography/, HSM: /^keys/, root: /^(authority|spec\/registry)/,
    recognition: /^spec\/registry/, policies: /^(spec\/decision|policies)/, colour: /^(spec\/)?coloring/, "status list": /^spec\/status/,
    PostgreSQL: /^withdrawing/, privacy: /^spec\/privacy/, threat: /^spec\/threats/, issue_many: /^api/, '"key was stolen"': /^(authority|withdrawing)/,
  },
};

let server;
let home;
let browser;

before(async () => {
  server = createServer(({ url }, response) => {
    const path = join(SITE, decodeURIComponent(new URL(url, "http://localhost").pathname));
    const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, "index.html") : path;
    if (!statSync(file, { throwIfNoEntry: false })) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  home = `http://localhost:${server.address().port}/`;
  browser = await chromium.launch({ executablePath: env.HEALTHPASS_CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
});

after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

/** A page in a window of its own, which writes down what it asks others for, and its errors. */
async function open(path, options) {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("request", (request) => request.url().startsWith(home) || faults.push(request.url()));
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(home + path);
  return Object.assign(page, { faults });
}

const filled = (page, is) => page.waitForFunction((full) => full === !!document.querySelector(".md-search-result__list > li"), is, { timeout: 20000 });

/** Types a query, and gives the addresses of the pages found, from the home page of the language. */
async function found(page, query, root) {
  const list = page.locator(".md-search-result__list");
  for (const typed of ["", query]) {
    await page.locator(".md-search__input").fill(typed);
    await page.keyboard.press("End"); // the theme listens to keys
    await filled(page, typed !== "");
  }
  const links = await list.locator("> li > a:first-child").evaluateAll((all) => all.map((link) => link.href));
  return links.map((link) => decodeURIComponent(link.replace(root, "")));
}

describe("search", () => {
  for (const [language, words] of Object.entries(FIRST)) {
    for (const [name, viewport, colorScheme] of [["a phone", PHONE, "dark"], ["a desk", DESK, "light"]]) {
      it(`finds words in ${language} on ${name}, in this language only`, async () => {
        const root = language === "zh" ? `${home}zh/` : home;
        const page = await open(language === "zh" ? "zh/gate/" : "gate/", { viewport, colorScheme });
        await page.locator("label.md-header__button[for=__search]").evaluate((label) => label.click());
        const wrong = [];
        for (const [word, first] of Object.entries(words)) {
          const pages = await found(page, word, root);
          if (!first.test(pages[0])) wrong.push(`${word}: ${pages[0]}`);
          const others = pages.filter((path) => (language === "zh" ? path.startsWith("http") : path.startsWith("zh/")));
          if (others.length) wrong.push(`${word}: ${others}`);
        }
        assert.deepEqual(wrong, []);
        assert.match(await page.textContent(".md-search-result__meta"), language === "zh" ? /个符合条件的结果/ : /matching document/);
        assert.deepEqual(page.faults, []);
        await page.context().close();
      });
    }
  }

  it("goes by keyboard, and marks the words on the page", async () => {
    const page = await open("zh/quickstart/", { viewport: DESK });
    await page.keyboard.press("/");
    await found(page, "状态列表", `${home}zh/`);
    await page.keyboard.press("ArrowDown");
    await Promise.all([page.waitForURL(/zh\/spec\/status\//), page.keyboard.press("Enter")]);
    await page.waitForSelector("article mark");
    assert.equal(await page.textContent("article mark"), "状态列表");
    await page.context().close();
  });
});

describe("copying", () => {
  async function copied(page, block) {
    await page.evaluate(() => navigator.clipboard.writeText(""));
    await page.locator(block).first().locator("button").click();
    await page.waitForFunction(() => navigator.clipboard.readText());
    return page.evaluate(() => navigator.clipboard.readText());
  }

  it("takes the commands of a console block with the lines that continue them, and nothing that they print", async () => {
    const page = await open("withdrawing/", { viewport: DESK });
    await page.locator("details").evaluateAll((all) => all.forEach((details) => { details.open = true; }));
    const blocks = await page.locator(".language-console code").evaluateAll((all) => all.map((code) => code.textContent));
    const n = blocks.findIndex((text) => /\\\n/.test(text) && /^[^$\n]/m.test(text));
    assert.ok(n >= 0, "a block with a continuation");
    const taken = await copied(page, `:nth-match(.language-console, ${n + 1})`);
    const typed = blocks[n].match(/^\$ (?:.*\\\n)*.*/gm).map((command) => command.slice(2));
    assert.equal(taken, typed.join("\n"));
    await page.context().close();
  });

  it("takes what is typed into Python, in Chinese too, and says so in Chinese", async () => {
    const page = await open("zh/api/", { viewport: DESK });
    const shown = await page.locator(".language-pycon code").first().textContent();
    const taken = await copied(page, ".language-pycon");
    assert.equal(taken, shown.match(/^(?:>>>|\.\.\.) ?.*/gm).map((line) => line.slice(4)).join("\n"));
    await page.waitForFunction(() => document.querySelector(".md-dialog").textContent.includes("已复制"));
    await page.context().close();
  });

  it("leaves other code as it is, and prompts out of a selection", async () => {
    const page = await open("quickstart/", { viewport: DESK });
    const shown = await page.locator(".language-python code").first().textContent();
    assert.equal(await copied(page, ".language-python"), shown.trimEnd());
    await page.goto(`${home}gate/`);
    assert.equal(await page.locator(".gp").first().evaluate((prompt) => getComputedStyle(prompt).userSelect), "none");
    await page.context().close();
  });
});

it("no page is wider than a phone or a desk", async () => {
  const pages = readdirSync(SITE, { recursive: true }).filter((path) => /(^|\/)index\.html$/.test(path) && !/^(zh\/)?(report|pages\/..)\//.test(path))
    .filter((path) => !/<p class="hp-notice">/.test(readFileSync(join(SITE, path), "utf8"))); // the same text as in English
  assert.ok(pages.length > 90, `${pages.length} pages`);
  const wide = [];
  const one = await open("", { viewport: PHONE });
  await one.addInitScript(() => document.addEventListener("DOMContentLoaded", () => {
    document.head.append(Object.assign(document.createElement("style"), { textContent: "* { transition: none !important }" }));
  })); // a menu that slides away is wide for a moment
  for (const path of pages) {
    await one.goto(home + path, { waitUntil: "load" });
    for (const viewport of [PHONE, DESK]) {
      await one.setViewportSize(viewport);
      const cut = await one.evaluate(() => {
        const page = document.documentElement;
        const signatures = [...document.querySelectorAll(".doc-signature code")].filter((code) => code.scrollWidth > code.clientWidth + 1);
        return page.scrollWidth > page.clientWidth || signatures.length;
      });
      if (cut) wide.push(`${path} at ${viewport.width}`);
    }
    await one.setViewportSize(PHONE);
  }
  assert.deepEqual(wide, []);
  await one.context().close();
});
