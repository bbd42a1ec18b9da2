/** What a valid code means here: the decision of the policy that the gate names, and what the guard has to ask for it. */

import { CallError, decide } from "../../lib/index.js";
import { announce, lead } from "./lead.js";
import { $, language, make, now, reason, row, rowOf, say, time, trouble } from "../common/say.js";

const other = language === "zh" ? "en" : "zh";

export class GatePolicy {
  #office = "";
  /** @type {string | undefined} */
  #place;

  /** @param {import("../../lib/index.js").TrustStore} store @param {import("../common/keep.js").Keep} keep */
  constructor(store, keep) {
    this.store = store;
    this.keep = keep;
  }

  async open() {
    this.#office = (await this.keep.get("office").catch(() => undefined)) ?? "";
    this.#place = await this.keep.get("place").catch(() => undefined);
    $("office").value = this.#office;
    $("policy-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save();
    });
    this.show();
  }

  /** The policy in force, and the maps that it names. @throws {CallError} for what is no issuer id */
  #inForce(office = this.#office, at = now()) {
    return office ? this.store.inForce(office, at) : { maps: [] };
  }

  async #save() {
    const office = $("office").value.trim().toUpperCase();
    try {
      this.#inForce(office);
      this.#place = $("place").value || undefined;
      this.#office = $("office").value = office;
      $("office").removeAttribute("aria-invalid");
      this.show();
      await this.keep.put("office", this.#office);
      await this.keep.put("place", this.#place ?? "");
    } catch (error) {
      if (!(error instanceof CallError)) return trouble(reason(error));
      $("office").setAttribute("aria-invalid", "true");
      $("policy-said").textContent = say("policy.bad");
    }
    return undefined;
  }

  /** Whether the policy is here, and its places. */
  show() {
    const { policy } = this.#inForce();
    const places = policy?.places ?? [];
    $("without").hidden = !policy;
    $("place-line").hidden = places.length === 0;
    $("place").replaceChildren(make("option", { value: "" }, say("policy.place.none")), ...places.map((place) => make("option", { value: place, selected: place === this.#place }, place)));
    const word = policy ? "policy.held" : "policy.missing";
    $("policy-said").textContent = this.#office ? say(word, { office: this.#office, exp: policy ? time(policy.exp) : "" }) : "";
  }

  /** What the policy makes of a valid code, or of a person without one, in an element that asks what it has to. @returns {{element: HTMLElement, compared: (isSame: boolean) => void}} */
  decide(judgement, at) {
    const element = make("div", { class: "policy" });
    const inForce = this.#inForce(this.#office, at);
    const isPlace = this.#place !== undefined && inForce.policy?.places.includes(this.#place);
    const situation = { at, ...(judgement && { judgement }), answers: {}, document: "unchecked", ...(isPlace && { place: this.#place }) };
    const render = () => {
      element.replaceChildren(...this.#told(inForce, decide(inForce, situation), situation, render));
    };
    render();
    return {
      element,
      compared(isSame) {
        situation.document = isSame ? "matched" : "mismatch";
        render();
        announce(".policy");
        lead();
      },
    };
  }

  /** @param {{policy?: import("../../lib/decision/policy.js").Policy | undefined}} inForce @param {any} decision @param {any} situation @param {() => void} render */
  #told({ policy }, decision, situation, render) {
    if (!this.#office) return [make("p", {}, say("gate.no-policy"))];
    if (decision.ground === "no-policy") return [make("p", {}, say("policy.missing", { office: this.#office }))];
    if (decision.ground === "document-mismatch") return [make("p", { class: "action" }, say("policy.mismatch"))];
    if (decision.ground === "asks") {
      const answer = (name, value) => () => {
        situation.answers[name] = value;
        render();
        announce(".policy");
        lead(); // its button is gone
      };
      return [make("p", {}, say("policy.ask")), ...decision.asks.map((ask) => question(ask, policy, situation, answer))];
    }
    const word = (table, name) => rowOf(table, "name", name)[language];
    return [
      make("p", { class: "action" }, word("actions", decision.action)),
      ...(decision.duties.length > 0 ? [make("p", {}, decision.duties.map((duty) => word("duties", duty)).join(language === "zh" ? "；" : "; "))] : []),
      ...(decision.ends === undefined ? [] : [make("p", {}, say("policy.ends", { at: time(decision.ends) }))]),
      ...(decision.say ? [make("p", {}, decision.say[language]), make("p", { class: "small", lang: other }, decision.say[other])] : []),
      make("p", { class: "small" }, say(decision.rule ? "policy.rule" : "policy.no-rule", { rule: decision.rule, office: this.#office, until: time(decision.until) })),
    ];
  }
}

/** What the guard asks, or what nobody here can answer. */
function question(ask, policy, { judgement }, answer) {
  if (!ask.startsWith("declared:")) {
    const isThere = judgement?.showing?.opening !== undefined;
    return make("p", { "data-ask": ask }, say(`policy.ask.${ask}${ask === "document" && !isThere ? "-none" : ""}`));
  }
  const name = ask.slice("declared:".length);
  const asked = policy.declared.find((one) => one.name === name);
  return make("div", { role: "group", tabindex: "-1", "aria-label": asked[language] }, make("p", {}, asked[language]), make("p", { class: "small", lang: other }, asked[other]),
    make("button", { type: "button", click: answer(name, true) }, say("policy.yes")), make("button", { type: "button", click: answer(name, false) }, say("policy.no")));
}
