/** Chromium of the system, and a server of the built pages that can go away. */

import { createServer } from "node:http";
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { env } from "node:process";
import { chromium } from "playwright-core";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

export const SITE = env.HEALTHPASS_PAGES;
export const DATA = env.HEALTHPASS_PAGES_WORLD;
const SHOTS = env.HEALTHPASS_PAGES_SHOTS;
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json" };
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serves the pages; `extra` answers other paths, with bytes or by a function. Every request is written down. */
export async function serve(extra = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    requests.push(path);
    const own = extra[path];
    if (typeof own === "function") return void own(request, response);
    if (own) return void response.end(own);
    try {
      const bytes = readFileSync(join(SITE, normalize(path)));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const stop = () => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  return { url: `http://localhost:${server.address().port}`, requests, stop };
}

/**
 * A browser with a profile of its own, which sees `video` through its camera, and writes down what it asks for. It knows the
 * server whose key has the hash `spki`.
 */
export async function open({ video, width = 390, height = 844, camera = CAMERA, spki, ...more } = {}) {
  const args = [...FLAGS, ...camera, ...(video ? [`--use-file-for-fake-video-capture=${video}`] : []), ...(spki ? [`--ignore-certificate-errors-spki-list=${spki}`] : [])];
  const profile = mkdtempSync(join(DATA, "profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: env.HEALTHPASS_CHROMIUM ?? "/usr/bin/chromium", args, headless: true, viewport: { width, height }, locale: "en-GB", timezoneId: "Asia/Shanghai", ...more,
  });
  context.setDefaultTimeout(8000);
  const asked = [];
  context.on("request", (request) => asked.push(request.url()));
  return Object.assign(context, { asked });
}

/** What a page shows around an element becomes what the camera of another browser sees from its next start on. @param {import("playwright-core").Locator} element @param {string} path of its film */
export async function film(element, path) {
  await element.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await element.boundingBox();
  const clip = { x: Math.max(0, x - 8), y: Math.max(0, y - 8), width: 2 * Math.floor(width / 2), height: 2 * Math.floor((height + 16) / 2) };
  const frame = await element.page().screenshot({ type: "jpeg", quality: 85, animations: "disabled", clip });
  writeFileSync(`${path}.next`, Buffer.concat(Array(8).fill(frame)));
  renameSync(`${path}.next`, path);
}

/** A page that fails the test by anything that it logs as an error. */
export async function go(context, url) {
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(url);
  await page.waitForSelector("body[data-ready]");
  return Object.assign(page, { errors });
}

/** Pins and takes, as a guard does. @returns what the page says to it */
export async function take(page, thumbprint, ...files) {
  await page.evaluate(() => (document.getElementById("lists").open = document.getElementById("pin").open = true));
  await page.fill("#thumbprint", thumbprint);
  await page.setInputFiles("#bundle", files.map((one) => (typeof one === "string" ? one : { name: "bundle.cbor", mimeType: "application/cbor", buffer: Buffer.from(one) })));
  await page.click("#take button.main");
  return taken(page);
}

/** What the page says of the lists once it has tried. */
export async function taken(page) {
  await page.waitForFunction(() => !document.querySelector("#take button.main").disabled);
  return page.textContent("#taken");
}

/** The verdict on a text that is pasted at a gate. */
export async function paste(page, text) {
  if (await page.isVisible("#verdict")) await page.click("#go");
  await page.evaluate(() => (document.getElementById("paste").open = true));
  await page.fill("#text", text);
  await page.click("#paste-form button");
  return verdict(page);
}

export async function verdict(page) {
  await page.waitForSelector("#verdict:not([hidden])");
  return page.getAttribute("#verdict", "data-verdict");
}

/** What axe finds against WCAG 2.2 AA and its best practices. */
export async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`);
}

export async function shot(page, name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

/** Whether nothing is wider than the window. */
export const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

/** The text of the QR code that an element shows. */
export async function scanned(locator) {
  const [found] = await readBarcodes(new Uint8Array(await locator.screenshot()), { formats: ["QRCode"] });
  return found?.text;
}
prepareZXingModule({ overrides: { wasmBinary: readFileSync(join(SITE, "zxing_reader.wasm")).buffer } });
