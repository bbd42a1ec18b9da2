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
  context.setDefaultTimeout(30_000);
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

/** CIELAB of an sRGB colour under D65: 100 of luminance, and two of colour. */
export function lab(rgb) {
  const [r, g, b] = rgb.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
  const xyz = [(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047, 0.2126 * r + 0.7152 * g + 0.0722 * b, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883];
  const [x, y, z] = xyz.map((one) => (one > 0.008856 ? Math.cbrt(one) : 7.787 * one + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** What axe finds against WCAG 2.2 AA and its best practices, or of some rules alone. */
export async function findings(page, rules) {
  if (!(await page.evaluate(() => globalThis.axe !== undefined))) await page.evaluate(axe);
  const { violations } = await page.evaluate((values) => globalThis.axe.run(document, { resultTypes: ["violations"], ...(values && { runOnly: values }) }), rules);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`);
}

/** The colour of the middle of a part of a page, as somebody with this vision sees it. */
export async function seen(page, vision, clip) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setEmulatedVisionDeficiency", { type: vision });
  const shown = await page.screenshot({ clip });
  await session.send("Emulation.setEmulatedVisionDeficiency", { type: "none" });
  await session.detach();
  return page.evaluate(async (base64) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))], { type: "image/png" }));
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    context.drawImage(picture, -Math.floor(picture.width / 2), -Math.floor(picture.height / 2));
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }, shown.toString("base64"));
}

export async function shot(page, name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

/** Whether nothing is wider than the window. */
export const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

/** What is wider than the window. */
export const wide = (page) => page.evaluate(() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  const all = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > most + 1);
  return [document.documentElement.scrollWidth, ...all.map((one) => `${one.localName} ${one.id || one.className || one.textContent.slice(0, 20)}: ${Math.round(one.getBoundingClientRect().right)}`)];
});

/** What fingers cannot press well: less than 44 px high or wide. Links in a table and the bytes of a code are left out. */
export const small = (page) => page.evaluate(() => {
  const pressed = [...document.querySelectorAll("button, .button, a, select, textarea, summary, input, label.check")];
  const shown = pressed.filter((one) => one.checkVisibility() && !one.closest("#parts") && !one.matches(".hidden-input, .check input"));
  return shown.flatMap((one) => {
    const { width, height } = one.getBoundingClientRect();
    return width < 44 || height < 44 ? [`${one.id || one.className || one.textContent}: ${Math.round(width)} x ${Math.round(height)}`] : [];
  });
});

/** The text of the QR code that an element shows. */
export async function scanned(locator) {
  const [found] = await readBarcodes(new Uint8Array(await locator.screenshot()), { formats: ["QRCode"] });
  return found?.text;
}
prepareZXingModule({ overrides: { wasmBinary: readFileSync(join(SITE, "zxing_reader.wasm")).buffer } });
