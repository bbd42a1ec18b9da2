/** A verdict as word, shape and colour, and what to tell the holder. No claim of a code that is not valid is ever shown. */

import { language, make, now, row, rowOf, say, time } from "../common/say.js";
import { factsOf } from "./facts.js";

const SHAPES = { "not valid": "✕", "cannot judge": "?" };
/** A fact; what a person wrote is kept apart from the direction of its neighbours. */
const lines = ({ name, values }) => [make("dt", {}, name), make("dd", {}, ...values.map((value) => make("div", {}, make("bdi", {}, value))))];
const other = language === "zh" ? "en" : "zh";

/**
 * @param {import("../../lib/judgement.js").Judgement | undefined} judgement undefined where no code was found
 * @param {HTMLElement} section
 * @param {HTMLElement} [decision] what the policy of the gate makes of a valid code, or of a person without one
 */
export function showVerdict(judgement, section, decision) {
  const verdict = judgement?.verdict ?? "no-code";
  const outcome = judgement?.outcome ?? "cannot judge";
  const told = rowOf("verdicts", "verdict", verdict);
  const color = judgement?.claims && row("colors", "value", judgement.claims.health.color); // claims only where it is valid (VER-9)
  section.className = color?.["name"] ?? outcome.replace(" ", "-");
  section.dataset.verdict = verdict;
  const word = color ? color[language] : say(`outcome.${outcome.replace(" ", "-")}`);
  section.replaceChildren(
    make("p", { class: "face" },
      make("span", { class: "shape", "aria-hidden": "true" }, color ? color.symbol : SHAPES[outcome]),
      make("strong", { class: "word" }, word)),
    make("p", { class: "guard" }, told[`guard_${language}`]),
    ...(decision ? [decision] : []), // there is none for a code that is not valid
    ...(judgement && color ? [make("dl", {}, ...factsOf(judgement).flatMap(lines))] : []),
    make("div", { class: "tell" },
      make("h2", {}, say("gate.tell")),
      make("p", {}, told[`holder_${language}`]),
      make("p", { lang: other === "zh" ? "zh" : "en" }, told[`holder_${other}`])),
    make("p", { class: "small" }, say("gate.judged", { verdict, at: time(now()) })),
  );
}
