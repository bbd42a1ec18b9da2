/** Look inside: a text, its bytes with their rules, the steps that judge it; bits to change; a code of the moment. */

import { toHex } from "../lib/bytes.js";
import { Refusal } from "../lib/errors.js";
import { publicKeyOf } from "../lib/noble.js";
import { HolderKey } from "../lib/index.js";
import * as base45 from "../lib/base45.js";
import { issue } from "../kit/issue.mjs";
import { draw } from "./common/draw.js";
import { $, example, keepOffline, language, make, now, rowOf, say, tables, time, watch } from "./common/say.js";
import { EXAMPLE, judge, keyOfMoment } from "./inside/judge.js";
import { partsOf } from "./inside/parts.js";

const ISSUER = "CN-33-01.WJW";
const HOURS = 24;
let known = EXAMPLE;
let original = example.text;
let chosen; // the byte whose bits are shown

/** Prefix and bytes of a text, as far as it has them. */
function open(text) {
  const prefix = /^HPP?1:/.exec(text)?.[0];
  const bytes = prefix && base45.decode(text.slice(prefix.length));
  return { prefix, bytes };
}

const folder = language === "zh" ? "../../zh/spec" : "../../spec";
/** A rule as a link to where it stands. */
function rule(name) {
  const file = { PRS: "presentation", STL: "status" }[name.slice(0, 3)] ?? "credential";
  return make("a", { href: `${folder}/${file}/#${name}` }, name);
}

async function render() {
  const text = $("text").value;
  const { prefix, bytes } = open(text);
  renderParts(prefix, bytes);
  $("layers").replaceChildren(
    ...(prefix ? [say("inside.layer.text", { count: text.length, prefix }), make("br")] : []),
    ...(bytes ? [say("inside.layer.bytes", { count: bytes.length })] : [say("inside.no-bytes")]),
  );
  $("picture").replaceChildren(...(bytes && /^[0-9A-Z $%*+\-./:]+$/.test(text) && text.length < 2048 ? [draw(text, say("inside.text"))] : []));
  const before = open(original).bytes;
  const flipped = before && bytes && before.length === bytes.length ? bytes.reduce((sum, byte, i) => sum + ones(byte ^ (before[i] ?? 0)), 0) : 0;
  $("undo").hidden = text === original;
  $("changed").textContent = flipped > 0 ? say("inside.changed", { count: flipped }) : "";
  await renderSteps(text);
}

const ones = (byte) => byte.toString(2).replaceAll("0", "").length;

async function renderSteps(text) {
  const { verdict, step, at, waived, word } = await judge(text, known);
  if (text !== $("text").value) return;
  $("judged").className = `note ${step === 15 ? "good" : "bad"}`;
  $("judged").textContent = say("inside.judged", { verdict, at: time(at) });
  $("key").replaceChildren(say("inside.key", { key: say(word) }), ...(waived.length > 0 ? [make("br"), say("inside.waived")] : []));
  const short = step === 15 ? "valid" : say("inside.at-step", { verdict, step, name: say(`step.${step}`) });
  if ($("bits-said")) $("bits-said").textContent = short;
  const steps = Array.from({ length: 14 }, (_, i) => i + 1).map((n) => {
    const [sort, sign, said] = n < step ? ["passed", "✓", "inside.passed"] : n === step ? ["refused", "✕", "inside.refused"] : ["later", "·", "inside.not-reached"];
    const told = n === step ? make("p", {}, make("code", {}, verdict), ` ${rowOf("verdicts", "verdict", verdict)[`guard_${language}`]}`) : undefined;
    return make("li", { class: sort, value: String(n) }, make("span", { "aria-hidden": "true" }, `${sign} `), say(`step.${n}`), make("span", { class: "hidden-text" }, `: ${say(said)}`), told);
  });
  $("steps").replaceChildren(...steps);
}

function renderParts(prefix, bytes) {
  const parts = bytes ? partsOf(prefix, bytes) : [];
  const before = open(original).bytes;
  const head = make("thead", {}, make("tr", {}, ...["inside.part", "inside.meaning", "inside.rule"].map((key) => make("th", { scope: "col" }, say(key)))));
  const rows = parts.map(({ start, end, depth, meaning, rule: name }) => {
    const cells = Array.from(bytes.subarray(start, end), (byte, i) => {
      const isChanged = before !== undefined && before.length === bytes.length && before[start + i] !== byte;
      const attributes = { type: "button", class: isChanged ? "changed" : undefined, "data-index": String(start + i), tabindex: start + i === (chosen ?? 0) ? "0" : "-1" };
      const title = say("inside.byte", { index: start + i, hex: toHex(Uint8Array.of(byte)) });
      return make("button", { ...attributes, "aria-label": title, "aria-pressed": String(start + i === chosen) }, toHex(Uint8Array.of(byte)));
    });
    return make("tr", { class: `depth-${Math.min(depth, 5)}` }, make("td", { class: "bytes" }, ...cells), make("td", {}, meaning), make("td", {}, rule(name)));
  });
  $("parts").replaceChildren(head, make("tbody", {}, ...rows));
  renderBits(bytes);
}

function renderBits(bytes) {
  const isShown = bytes !== undefined && chosen !== undefined && chosen < bytes.length;
  $("bits").hidden = !isShown;
  if (!isShown) return;
  const byte = bytes[chosen];
  const title = say("inside.byte", { index: chosen, hex: toHex(Uint8Array.of(byte)) });
  $("bits").setAttribute("aria-label", title);
  const flip = (bit) => async () => {
    const changed = bytes.slice();
    changed[chosen] ^= 1 << bit;
    $("text").value = open($("text").value).prefix + base45.encode(changed);
    await render();
    $("bits").querySelectorAll("button")[7 - bit]?.focus();
  };
  const bits = Array.from({ length: 8 }, (_, i) => 7 - i).map((bit) => {
    const value = (byte >> bit) & 1;
    return make("button", { type: "button", "aria-label": say("inside.bit", { index: bit, value }), click: flip(bit) }, String(value));
  });
  $("bits").replaceChildren(make("p", {}, `${title} `, make("strong", { id: "bits-said" }, $("bits-said")?.textContent ?? "")), make("div", { class: "bit-row" }, ...bits));
}

function choose(index, focus) {
  const count = open($("text").value).bytes?.length ?? 0;
  if (index < 0 || index >= count) return;
  chosen = index;
  const { prefix, bytes } = open($("text").value);
  renderParts(prefix, bytes);
  if (focus) /** @type {HTMLElement | null} */ ($("parts").querySelector(`[data-index="${index}"]`))?.focus();
}

function take(text, key) {
  known = key;
  original = text;
  chosen = undefined;
  $("text").value = text;
  return render();
}

async function makeCode() {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const device = await HolderKey.fromSeed(crypto.getRandomValues(new Uint8Array(32)));
  const at = now();
  const color = Number($("color").value);
  const holder = $("holder").value.trim();
  const health = { color, ...(holder && { holder }), ...(color > 0 && { reason: 4, until: at + 3 * 86_400 }) };
  const isLive = $("live").checked;
  const claims = { iss: ISSUER, nbf: at - 60, exp: at + HOURS * 3600, cti: toHex(crypto.getRandomValues(new Uint8Array(12))), ...(isLive && { cnf: toHex(device.publicKey) }), health };
  try {
    const text = issue(seed, claims);
    await take(isLive ? await device.present(text, { at }) : text, keyOfMoment(ISSUER, publicKeyOf(seed)));
    $("made").textContent = "";
  } catch (error) {
    $("made").textContent = say("inside.make.failed", { why: error instanceof Refusal ? error.word : /** @type {Error} */ (error).message });
  }
}

/** Which byte was pressed. @param {Event} event @returns {number | undefined} */
function indexOf({ target }) {
  const index = /** @type {HTMLElement} */ (target).dataset["index"];
  return index === undefined ? undefined : Number(index);
}

function listen() {
  $("text").addEventListener("input", () => void render());
  $("example").addEventListener("click", () => void take(example.text, EXAMPLE));
  $("undo").addEventListener("click", () => void take(original, known));
  $("make-form").addEventListener("submit", (event) => {
    event.preventDefault();
    void makeCode();
  });
  $("parts").addEventListener("click", (event) => {
    const at = indexOf(event);
    if (at !== undefined) choose(at, true);
  });
  $("parts").addEventListener("keydown", (event) => {
    const at = indexOf(event);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
    if (step === undefined || at === undefined) return;
    event.preventDefault();
    choose(at + step, true);
  });
}

watch();
$("color").append(...tables.colors.map((color) => make("option", { value: color.value }, `${color.symbol} ${color[language]}`)));
void keepOffline();
listen();
await take(example.text, EXAMPLE);
document.body.dataset.ready = "yes";
