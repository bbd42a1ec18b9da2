/** The gate: judges what is scanned, by the lists that this phone holds. */

import { Memory, verify, writeChallenge } from "../lib/index.js";
import { Counter } from "./gate/counter.js";
import { identityForm } from "./gate/identity.js";
import { announce, lead } from "./gate/lead.js";
import { GatePolicy } from "./gate/policy.js";
import { showVerdict } from "./gate/verdict.js";
import { prepareSignals, signal } from "./gate/signals.js";
import { draw } from "./common/draw.js";
import { alone, Keep } from "./common/keep.js";
import { Lists, openStore } from "./common/lists.js";
import { Camera, readPicture } from "./common/scan.js";
import { $, keepOffline, now, reason, say, time, trouble, watch } from "./common/say.js";

const NONCE_SECONDS = 120; // PRS-12.2

watch();
const keep = new Keep("gate");
const memory = new Memory();
const counter = new Counter(keep);
let store, lists, camera, policy;
let challenges = []; // what is shown now, and what was shown just before: {nonce, at}

/** What to show: the form of lists first, then the camera, then a verdict. */
function render(state) {
  const isSet = store.anchors.some((anchor) => store.freshness(anchor));
  document.body.dataset.state = isSet ? state : "first";
  $("first").hidden = isSet;
  $("scan").hidden = !isSet || state === "verdict";
  $("verdict").hidden = !isSet || state !== "verdict";
  $("bar").hidden = !isSet;
  for (const id of ["picture-label", "ask"]) $(id).hidden = state === "verdict";
  if (state !== "verdict") $("identity").hidden = true;
  $("go").textContent = say(state === "verdict" ? "gate.next" : camera.on ? "gate.stop" : "gate.start");
  $("idle").hidden = camera.on;
  if (!isSet) $("lists").open = true;
  renderAge();
}

function renderAge() {
  $("age").className = `age-line ${lists.age}`;
  $("age").textContent = store.anchors.length > 0 ? say(`age.${lists.age}.line`, { now: time(now()) }) : "";
}

async function judge(text) {
  camera.pause();
  trouble("");
  const at = now();
  const judgement = text === undefined ? undefined : await verifyWith(text, at);
  render("verdict"); // first, so that a screen reader hears what comes
  const decision = judgement?.valid ? policy.decide(judgement, at) : undefined;
  showVerdict(judgement, $("verdict"), decision?.element);
  identityForm($("identity"), judgement, (isSame) => decision?.compared(isSame));
  signal(judgement);
  if (challenges.length > 0) challenges = [];
  if ($("ask").getAttribute("aria-pressed") === "true") renew(); // a challenge serves one showing
  window.scrollTo(0, 0);
  announce(".word", ".guard", ".policy");
  lead();
  await counter.count(judgement);
}

/** A person who shows no code: nothing is judged, and the policy may say what follows. */
function withoutCode() {
  camera.stop();
  render("verdict");
  const { element } = policy.decide(undefined, now());
  showVerdict(undefined, $("verdict"), element);
  identityForm($("identity"), undefined, () => undefined);
  window.scrollTo(0, 0);
  announce(".word", ".guard", ".policy");
  lead();
  return counter.count(undefined);
}

/** The judgement; where challenges were shown, for the one that the holder has answered (PRS-7, PRS-12). */
async function verifyWith(text, at) {
  const options = { registry: store, at, memory };
  if ($("ask").getAttribute("aria-pressed") !== "true") return verify(text, options);
  const fresh = challenges.filter((one) => at >= one.at && at - one.at <= NONCE_SECONDS);
  if (fresh.length === 0) fresh.push({ nonce: crypto.getRandomValues(new Uint8Array(16)) }); // nothing answers that
  let judgement;
  for (const { nonce } of fresh) {
    judgement = await verify(text, { ...options, nonce });
    if (judgement.verdict !== "presentation-mismatch") break;
  }
  return judgement;
}

/** A new number for the next holder to answer; the one before stays good until its time is over. */
function renew() {
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  challenges = [{ nonce, at: now() }, ...challenges].slice(0, 2);
  $("challenge").replaceChildren(draw(writeChallenge(nonce), say("gate.challenge")), Object.assign(document.createElement("p"), { textContent: say("gate.challenge.help") }));
}

function ask(on) {
  $("ask").setAttribute("aria-pressed", String(on));
  $("challenge").hidden = !on;
  challenges = [];
  if (on) renew();
}

async function scan() {
  trouble("");
  try {
    const looking = camera.start();
    await Promise.race([looking, new Promise((resolve) => $("video").addEventListener("playing", resolve, { once: true }))]);
    if (document.body.dataset.state !== "verdict") render("scan");
    await looking;
  } catch (error) {
    camera.stop();
    trouble(reason(error));
    $("paste").open = true;
    render("scan");
  }
}

async function go() {
  if (document.body.dataset.state === "verdict") {
    const wasOn = camera.on;
    $("verdict").replaceChildren();
    $("announce").replaceChildren();
    render("scan");
    if (wasOn) await scan();
    return;
  }
  if (camera.on) {
    camera.stop();
    render("scan");
  } else await scan();
}

function listen() {
  $("go").addEventListener("click", () => void go());
  $("without").addEventListener("click", () => void withoutCode());
  $("ask").addEventListener("click", () => ask($("ask").getAttribute("aria-pressed") !== "true"));
  $("video").addEventListener("stopped", () => document.body.dataset.state === "scan" && render("scan"));
  $("picture").addEventListener("change", async () => {
    const file = $("picture").files?.[0];
    $("picture").value = "";
    if (!file) return;
    try {
      await judge(await readPicture(file));
    } catch (error) {
      trouble(reason(error));
    }
  });
  $("paste-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.replace(/^[\r\n\t ]+|[\r\n\t ]+$/g, "");
    $("text").value = "";
    if (text) void judge(text);
  });
  setInterval(renderAge, 60_000);
  setInterval(() => {
    if (challenges.length > 0 && now() - challenges[0].at > NONCE_SECONDS / 2 && document.body.dataset.state !== "verdict") renew();
  }, 5_000);
}

void keepOffline();
await alone("healthpass-gate"); // two would keep two memories of what has passed
try {
  store = await openStore("gate");
} catch (error) {
  trouble(say("gate.no-store", { why: /** @type {Error} */ (error).message }));
  throw error;
}
camera = new Camera(judge);
policy = new GatePolicy(store, keep);
lists = new Lists(store, keep, () => {
  policy.show();
  if (document.body.dataset.state !== "verdict") render("scan");
});
await lists.open();
await policy.open();
await counter.open();
await prepareSignals(keep);
listen();
render("scan");
document.body.dataset.ready = "yes";
