/** The wallet: keeps codes with their keys, proves keys to offices, shows codes live, answers gates. */

import { readChallenge, readEnrolment } from "../lib/enrolment.js";
import { CallError } from "../lib/errors.js";
import { alone, Keep } from "./common/keep.js";
import { Lists, openStore } from "./common/lists.js";
import { Camera, readPicture } from "./common/scan.js";
import { $, keepOffline, make, reason, say, stayAwake, trouble, watch } from "./common/say.js";
import { Cards, readOwn } from "./wallet/cards.js";
import { Show } from "./wallet/show.js";

watch();
const keep = new Keep("wallet");
const cards = new Cards(keep);
let show, camera, current, agreed;

/** `home` shows the card, `scan` the camera, `ask` the question of an office. */
function render(state) {
  document.body.dataset.state = state;
  const card = cards.all.get(current);
  $("empty").hidden = state !== "home" || card !== undefined;
  $("people").hidden = state !== "home" || cards.all.size < 2;
  $("card").hidden = state !== "home" || !card;
  $("scan").hidden = $("picture-label").hidden = state !== "scan";
  $("question").hidden = state !== "ask";
  $("bar").hidden = state === "ask";
  $("lists").hidden = state !== "home";
  $("go").textContent = say(state === "scan" ? "wallet.cancel" : "wallet.scan");
  $("people").replaceChildren(...[...cards.all.values()].map((one) =>
    make("button", { type: "button", "aria-pressed": String(one.id === current), click: () => home(one.id) }, one.text ? one.label : say("wallet.waiting", { issuer: one.issuer }))));
}

async function home(id = current, nonce) {
  camera.stop();
  current = cards.all.has(id) ? id : [...cards.all.keys()].at(-1);
  const card = cards.all.get(current);
  render("home");
  if (!card) return show.hide();
  $("this").open = false;
  $("label").value = card.label ?? "";
  await keep.put("current", current).catch(() => undefined);
  await show.show(card, nonce);
  await stayAwake();
}

async function scan() {
  trouble("");
  show.hide();
  render("scan");
  try {
    await camera.start();
  } catch (error) {
    camera.stop();
    if (document.body.dataset.state === "scan") trouble(reason(error)); // unless the holder has gone on
  }
}

/** What was scanned, pasted or linked: each has its prefix. */
async function use(text, isLink = false) {
  trouble("");
  try {
    const inner = textOf(text);
    if (inner.startsWith("HPE1:")) return ask(inner);
    if (inner.startsWith("HPC1:")) return await answer(inner);
    const claims = readOwn(inner);
    if (!claims) throw new Error(say("wallet.unreadable"));
    const label = claims.health.holder ?? say("wallet.me");
    if (!claims.cnf && isLink) return question(say("wallet.keep", { issuer: claims.iss, label }), "wallet.save", () => take(inner, claims));
    await take(inner, claims);
  } catch (error) {
    await home();
    trouble(error instanceof CallError ? say("wallet.unreadable") : reason(error));
  }
}

/** The text of a link is what follows its `#`: it is sent to no server. */
function textOf(text) {
  const trimmed = text.replace(/^[\r\n\t ]+|[\r\n\t ]+$/g, "");
  if (!/^https?:/i.test(trimmed)) return trimmed;
  try {
    return decodeURIComponent(new URL(trimmed).hash.slice(1));
  } catch {
    return "";
  }
}

async function take(text, claims) {
  const card = await cards.take(text, claims);
  await home(card.id);
  $("card-said").textContent = say("wallet.kept");
}

/** An office asks for a key: the holder says whether it is the right one. */
function ask(challenge) {
  question(say("wallet.enrol", { issuer: readEnrolment(challenge).issuer }), "wallet.enrol.yes", async () => {
    const card = await cards.enrol(challenge);
    await navigator.storage?.persist?.().catch(() => false);
    await home(card.id);
    $("copy").focus();
  });
}

/** Asks before something is made or kept. */
function question(text, yes, act) {
  agreed = act;
  camera.stop();
  show.hide();
  $("question-title").textContent = text;
  $("yes").textContent = say(yes);
  render("ask");
  $("question").focus();
}

async function answer(challenge) {
  const nonce = readChallenge(challenge);
  const able = [cards.all.get(current), ...cards.all.values()].find((card) => show.canAnswer(card));
  if (!able) throw new Error(say("wallet.no-answer"));
  await home(able.id, nonce);
}

function listen() {
  $("go").addEventListener("click", () => void (document.body.dataset.state === "scan" ? home() : scan()));
  $("no").addEventListener("click", () => void home());
  $("yes").addEventListener("click", async () => {
    $("yes").disabled = true;
    try {
      await agreed();
    } catch (error) {
      await home();
      trouble(reason(error));
    } finally {
      $("yes").disabled = false;
    }
  });
  $("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(cards.all.get(current).proof);
    $("card-said").textContent = say("wallet.copied");
  });
  $("paste-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value;
    $("text").value = "";
    void use(text);
  });
  $("picture").addEventListener("change", async () => {
    const file = $("picture").files?.[0];
    $("picture").value = "";
    if (!file) return;
    try {
      await use((await readPicture(file)) ?? "");
    } catch (error) {
      trouble(reason(error));
    }
  });
  $("rename").addEventListener("submit", async (event) => {
    event.preventDefault();
    await cards.save({ ...cards.all.get(current), label: $("label").value.trim() || say("wallet.me") });
    await home();
  });
  $("remove").addEventListener("click", async () => {
    const card = cards.all.get(current);
    if (!window.confirm(say("wallet.remove.sure", { label: card.label ?? card.issuer }))) return;
    await cards.remove(current);
    await home();
  });
  window.addEventListener("hashchange", () => void link());
}

async function link() {
  const text = decodeURIComponent(location.hash.slice(1));
  if (!text) return;
  history.replaceState(null, "", location.pathname + location.search); // it does not stay in the history
  await use(text, true);
}

void keepOffline();
await alone("healthpass-wallet");
try {
  await cards.open();
  show = new Show(await openStore("wallet"));
} catch (error) {
  trouble(say("wallet.no-store"));
  throw error;
}
camera = new Camera(use);
const lists = new Lists(show.store, keep, () => document.body.dataset.state === "home" && void home());
await lists.open();
listen();
await home((await keep.get("current").catch(() => undefined)) ?? undefined);
await link();
if (cards.others > 0) trouble(say("wallet.others", { count: cards.others }), true);
document.body.dataset.ready = "yes";
