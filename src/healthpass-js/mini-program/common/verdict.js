/** A judgement as what the template shows: word, shape and colour, and what to tell the holder. */

import { factsOf } from "../../pages/gate/facts.js";
import { language, now, row, say, time } from "./say.js";

const SHAPES = { "not valid": "✕", "cannot judge": "?" };

/** @param {import("../../lib/judgement.js").Judgement} judgement @returns a value of the page's data: no claim of a code that is not valid */
export function shown(judgement) {
  const { verdict, outcome } = judgement;
  const told = row("verdicts", "verdict", verdict);
  const color = judgement.valid ? row("colors", "value", judgement.claims.health.color) : undefined;
  const other = language === "zh" ? "en" : "zh";
  return {
    verdict,
    kind: color ? color.name : outcome.replace(" ", "-"),
    shape: color ? color.symbol : SHAPES[outcome],
    word: color ? color[language] : say(`outcome.${outcome.replace(" ", "-")}`),
    guard: told[`guard_${language}`],
    facts: color ? factsOf(judgement) : [],
    tell: told[`holder_${language}`],
    tellOther: told[`holder_${other}`],
    judged: say("gate.judged", { verdict, at: time(now()) }),
  };
}
