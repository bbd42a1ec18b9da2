/** Shows a card: its code afresh every 30 seconds, with a ring that runs down; what it says; where to appeal. */

import { verify } from "../../lib/index.js";
import { draw } from "../common/draw.js";
import { $, language, make, now, row, rowOf, say, time, trouble, reason } from "../common/say.js";
import { keyOf, readOwn } from "./cards.js";
import { officeOf } from "./office.js";

const EVERY = 30; // s, PRS-6
const ANSWER = 120; // s, PRS-12.2
const SOON = 21_600; // s before a code expires

export class Show {
  #card;
  #shownAt = 0;
  #nonce;
  #nonceUntil = 0;
  #turn = 0;

  constructor(store) {
    this.store = store;
    setInterval(() => void this.#tick(), 500);
    document.addEventListener("visibilitychange", () => {
      this.#shownAt = 0; // what stood on a screen that was off is old
      void this.#tick();
    });
    $("done").addEventListener("click", () => this.show(this.#card));
  }

  /** Whether the card can answer a gate's challenge. */
  canAnswer(card) {
    return card?.text !== undefined && card.publicKey !== undefined && (readOwn(card.text)?.exp ?? 0) > now();
  }

  /** @param {object} card @param {Uint8Array} [nonce] that a gate asked for */
  async show(card, nonce) {
    this.#card = card;
    this.#nonce = nonce;
    this.#nonceUntil = nonce ? now() + ANSWER : 0;
    this.#shownAt = 0;
    $("card-said").textContent = nonce ? say("wallet.answer") : "";
    $("done").hidden = !nonce;
    await this.#draw();
    await this.#facts();
  }

  hide() {
    this.#card = undefined;
    $("code").replaceChildren();
  }

  get #isLive() {
    return this.canAnswer(this.#card);
  }

  async #tick() {
    if (document.hidden || !this.#card) return;
    if (this.#nonce && now() >= this.#nonceUntil) {
      await this.show(this.#card);
      $("card-said").textContent = say("wallet.answer.over");
      return;
    }
    if ($("fresh").hidden) return;
    const age = Math.floor(Date.now() / 1000 - this.#shownAt);
    if (age < 0 || age >= EVERY) await this.#draw();
    this.#countDown();
  }

  #countDown() {
    const left = Math.max(0, EVERY - Math.max(0, now() - this.#shownAt));
    $("ring").setAttribute("stroke-dasharray", `${left} ${EVERY}`);
    $("seconds").textContent = say("wallet.afresh", { seconds: left });
  }

  async #draw() {
    const card = this.#card;
    const turn = ++this.#turn;
    const claims = card.text ? readOwn(card.text) : undefined;
    const isOver = claims && claims.exp <= now();
    $("card-title").textContent = card.text ? card.label : say("wallet.proof");
    $("copy").hidden = card.text !== undefined;
    $("fresh").hidden = !this.#isLive;
    if (!card.text) {
      $("code").replaceChildren(draw(card.proof, say("wallet.proof")));
      $("card-said").textContent = say("wallet.proof.help");
      return;
    }
    if (isOver) {
      $("code").replaceChildren(make("p", { class: "note bad" }, say("wallet.expired", { at: time(claims.exp) })));
      return;
    }
    if (!card.publicKey) {
      $("code").replaceChildren(draw(card.text, say("wallet.code", { label: card.label })));
      return;
    }
    const at = now();
    this.#shownAt = at;
    this.#countDown();
    try {
      const key = await keyOf(card);
      const text = await key.present(card.text, { at, ...(this.#nonce && { nonce: this.#nonce }) });
      if (turn === this.#turn) $("code").replaceChildren(draw(text, say("wallet.code", { label: card.label })));
    } catch (error) {
      trouble(reason(error));
    }
  }

  async #facts() {
    const card = this.#card;
    const claims = card.text ? readOwn(card.text) : undefined;
    const line = (name, ...value) => [make("dt", {}, say(name)), make("dd", {}, ...value)];
    if (!claims) {
      $("facts").replaceChildren(...line("wallet.office", card.issuer), ...(card.seed ? [make("dd", { class: "warn" }, say("wallet.seed"))] : []));
      return;
    }
    const judged = this.store.anchors.length > 0 ? await verify(card.text, { registry: this.store, at: now(), waive: ["presentation-required", "status-unknown"] }) : undefined;
    const path = await officeOf(this.store, card.text);
    const { health } = claims;
    const color = rowOf("colors", "value", health.color);
    const note = claims.nbf > now() + 60 ? say("wallet.early", { at: time(claims.nbf) }) : claims.exp - now() < SOON && claims.exp > now() ? say("wallet.soon", { at: time(claims.exp) }) : undefined;
    if (card !== this.#card) return;
    $("facts").replaceChildren(
      ...(note ? [make("dd", { class: "warn" }, note)] : []),
      ...(judged && !judged.valid && judged.verdict !== "expired" ? [make("dd", { class: "warn" }, rowOf("verdicts", "verdict", judged.verdict)[`holder_${language}`])] : []),
      ...line("wallet.until", time(claims.exp)),
      ...line("wallet.office", path ? `${path.names.issuer[language]} ` : "", claims.iss),
      ...line("wallet.says", `${color.symbol} ${color[language]}`, health.reason === undefined ? "" : ` · ${row("reasons", "value", health.reason)?.[language] ?? health.reason}`,
        health.until === undefined ? "" : ` · ${time(health.until)}`, make("div", { class: "small" }, say("wallet.says.help"))),
      ...line("wallet.appeal", path ? appeal(path.appeal) : say("wallet.appeal.none")),
      ...(card.publicKey ? [] : [make("dd", { class: "small" }, say("wallet.paper"))]),
      ...(card.seed ? [make("dd", { class: "warn" }, say("wallet.seed"))] : []),
    );
  }
}

/** The address for appeals, as a link where it is one that a phone can follow. */
function appeal(address) {
  if (!/^(tel|https|mailto):/.test(address)) return address;
  return make("a", { href: address, rel: "noreferrer" }, address.replace(/^(tel|mailto):/, ""));
}
