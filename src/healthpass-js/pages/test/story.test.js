/**
 * One story with the office of docs/examples/office.py: its service, a web server with CORS, a wallet and a gate. Two
 * browsers see each other's screens through their cameras. Nothing is stood in for but the camera's lens.
 */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { after, before, test } from "node:test";
import qrcode from "qrcode-generator";
import { DATA, film, go, open, scanned, serve, shot } from "./browser.mjs";

const desk = JSON.parse(env.HEALTHPASS_PAGES_DESK);
const [ofPhone, ofGate] = ["phone", "gate"].map((name) => join(DATA, `${name}-sees.mjpeg`));
const bundle = `${desk.web}/bundle.cbor`;
let server, phone, station;

/** What the officer's program asks of the office. */
async function post(path, body) {
  const answer = await fetch(desk.office + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

/** The job that runs every few minutes: what gates fetch. */
async function publish() {
  const lists = await post("/lists");
  const parts = [readFileSync(join(desk.folder, "authority.cbor")), ...Object.values(lists).map((list) => Buffer.from(list, "hex"))];
  writeFileSync(join(desk.folder, "bundle.cbor"), Buffer.concat(parts));
}

/** The officer's screen, on which a text stands as a QR code. */
async function screen(text) {
  const page = await station.newPage();
  const code = qrcode(0, "M");
  code.addData(text, "Alphanumeric");
  code.make();
  await page.setContent(`<body style="margin:0">${code.createSvgTag({ cellSize: 6, margin: 24, scalable: true })}`);
  await film(page.locator("svg"), ofPhone);
  await page.close();
}

/** For the next person; the browser reads the film of its camera anew when the camera starts. */
async function scanBy(page) {
  if (await page.isVisible("#verdict")) await page.click("#go");
  if (await page.isHidden("#idle")) await page.click("#go");
  await page.click("#go");
}

/** The gate looks at what the wallet shows. */
async function look(gate, wallet) {
  await film(wallet.locator("#code svg"), ofGate);
  await scanBy(gate);
  await gate.waitForSelector("#verdict:not([hidden])");
  return gate.getAttribute("#verdict", "data-verdict");
}

before(async () => {
  server = await serve();
  [phone, station] = await Promise.all([open({ video: ofPhone, spki: desk.spki }), open({ video: ofGate, spki: desk.spki })]);
});
after(async () => {
  await Promise.all([phone.close(), station.close()]);
  await server.stop();
});

test("an office issues to a wallet, a gate lets in, the office withdraws, the gate refuses", async () => {
  const [wallet, gate] = await Promise.all([go(phone, `${server.url}/en/wallet.html`), go(station, `${server.url}/zh/gate.html`)]);

  // 1. The office shows a challenge; the phone's camera sees it, and the phone proves a key of its own.
  const { challenge } = await post("/enrolments");
  await screen(challenge);
  await wallet.click("#go");
  await wallet.waitForSelector("#question:not([hidden])");
  assert.match(await wallet.textContent("#question-title"), /CN-33-01\.WJW asks for a key/);
  await wallet.click("#yes");
  await wallet.waitForSelector("#code svg");

  // 2. The officer's scanner reads the proof from the phone, and the office binds the code to this key.
  const order = { health: { color: "green", holder: "张*丰" }, by: "officer 17", why: "health declaration", proof: await scanned(wallet.locator("#code svg")) };
  const issued = await post("/codes", order);
  await screen(issued.text);
  await wallet.click("#go");
  await wallet.waitForSelector("#fresh:not([hidden])");
  assert.equal(await wallet.textContent("#card-title"), "张*丰");

  // 3. The guard types thumbprint and address, once.
  await publish();
  await gate.fill("#thumbprint", desk.thumbprint);
  await gate.fill("#address", bundle);
  await gate.click("#take button.main");
  await gate.waitForSelector("#taken .note.good");

  // 4. The gate's camera sees the phone.
  assert.equal(await look(gate, wallet), "valid");
  assert.match(await gate.innerText("#verdict"), /绿码[^]*张\*丰[^]*杭州市卫生健康委员会[^]*由所绑定的设备实时出示[^]*未撤回/);

  // 5. The gate asks, the phone's camera sees the challenge, and the gate's camera the answer.
  await gate.click("#go");
  await gate.click("#ask");
  await film(gate.locator("#challenge svg"), ofPhone);
  await wallet.click("#go");
  await wallet.waitForSelector("#done:not([hidden])");
  assert.equal(await look(gate, wallet), "valid");
  assert.match(await gate.innerText("#verdict"), /已应答本次挑战/);
  await gate.click("#go");
  await gate.click("#ask");

  // 6. The test comes back positive. The list that the gate holds does not know it; the next one does.
  await post(`/codes/${issued.cti}/withdrawal`, { by: "officer 17", why: "the test came back positive" });
  await publish();
  await wallet.click("#done");
  await wallet.waitForSelector("#done", { state: "hidden" });
  await gate.evaluate(() => (document.getElementById("lists").open = true));
  await gate.click("#take button.main");
  await gate.waitForSelector("#taken .note.good");
  assert.equal(await look(gate, wallet), "revoked");
  assert.doesNotMatch(await gate.innerText("#verdict"), /张|CN-33/);
  await shot(gate, "story-revoked-zh-390");

  // 7. The holder takes the same lists, and reads what the office has done and where to appeal.
  await wallet.evaluate(() => (document.getElementById("lists").open = true));
  await wallet.fill("#thumbprint", desk.thumbprint);
  await wallet.fill("#address", bundle);
  await wallet.click("#take button.main");
  await wallet.waitForSelector("#facts a");
  assert.equal(await wallet.getAttribute("#facts a", "href"), "tel:+86-571-12320");
  assert.match(await wallet.innerText("#facts .warn"), /withdr/);
  await shot(wallet, "story-wallet-390");

  // 8. A server that does not allow pages of other sites is told as such; and nothing else was ever asked.
  await gate.evaluate(() => (document.getElementById("lists").open = true));
  await gate.fill("#address", `${desk.web}/closed/bundle.cbor`);
  await gate.click("#take button.main");
  await gate.waitForSelector("#taken .note.bad");
  const elsewhere = (context) => [...new Set(context.asked.filter((url) => !url.startsWith(`${server.url}/`)))];
  assert.deepEqual(elsewhere(phone), [bundle]);
  assert.deepEqual(elsewhere(station), [bundle, `${desk.web}/closed/bundle.cbor`]);
  assert.deepEqual(wallet.errors, []);
});
