/**
 * The adapter of the test kit inside headless Chromium: `python spec/testkit/run.py -- node src/healthpass-js/kit/chromium.mjs`.
 * CHROMIUM names the browser, /usr/bin/chromium by default.
 */

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { env, stderr, stdin, stdout } from "node:process";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const entry = new URL("page.mjs", import.meta.url).pathname;
const [script] = (await build({ entryPoints: [entry], bundle: true, format: "esm", write: false, target: "es2022" })).outputFiles;
const policy = "default-src 'none'; script-src 'self'";
const server = createServer((request, response) => {
  const isScript = request.url === "/page.js";
  response.setHeader("content-security-policy", policy);
  response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? script.text : '<!doctype html><title>kit</title><script type="module" src="/page.js"></script>');
});
await new Promise((resolve) => server.listen(0, "localhost", resolve));

const browser = await chromium.launch({
  executablePath: env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  const page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  await page.waitForFunction(() => globalThis.answer !== undefined);
  stderr.write(`Chromium ${browser.version()}, engine ${await page.evaluate(() => globalThis.engine)}\n`);
  for await (const line of createInterface({ input: stdin, crlfDelay: Infinity })) {
    const answer = await page.evaluate(async (text) => JSON.stringify(await globalThis.answer(JSON.parse(text))), line);
    stdout.write(`${answer}\n`);
  }
} finally {
  await browser.close();
  server.close();
}
