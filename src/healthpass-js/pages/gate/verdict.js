/** A verdict as word, shape and colour, and what to tell the holder. No claim of a code that is not valid is ever shown. */

import { day, language, make, now, row, say, time } from "../common/say.js";

const SHAPES = { "not valid": "✕", "cannot judge": "?" };
const other = language === "zh" ? "en" : "zh";

const line = (name, ...value) => [make("dt", {}, say(name)), make("dd", {}, ...value)];

/** An entry of evidence in words. */
function evidence([type, a, b, c]) {
  const kind = row("evidence-types", "value", type)?.[language] ?? say("evidence.unknown", { type });
  if (type === 1) return `${kind}: ${row("test-methods", "value", c)?.[language] ?? c}, ${row("test-results", "value", b)?.[language] ?? b}, ${time(a)}`;
  if (type === 2) return `${kind}: ${b}/${c}, ${day(a)}`;
  if (type === 3) return `${kind}: ${day(a)}`;
  if (type === 4) return `${kind}: ${a}, ${day(b)}`;
  return kind;
}

function facts({ claims, showing, path, status }) {
  const { health } = claims;
  return [
    ...(health.holder === undefined ? [] : line("fact.holder", make("bdi", {}, health.holder))),
    ...line("fact.issuer", path ? path.names.issuer[language] : "", " ", make("span", { class: "id" }, claims.iss)),
    ...(path && path.anchor !== path.authority ? line("fact.by", say("fact.recognised", { anchor: path.names.anchor[language], authority: path.names.authority[language] })) : []),
    ...(health.reason === undefined ? [] : line("fact.reason", row("reasons", "value", health.reason)?.[language] ?? say("fact.reason.unknown", { number: health.reason }))),
    ...(health.until === undefined ? [] : line("fact.until", time(health.until))),
    ...(health.evidence ? line("fact.evidence", ...health.evidence.map((entry) => make("div", {}, evidence(entry)))) : []),
    ...(health.residence === undefined ? [] : line("fact.residence", health.residence)),
    ...(health.origin === undefined ? [] : line("fact.origin", health.origin)),
    ...line("fact.valid", say("fact.from-to", { from: time(claims.nbf), to: time(claims.exp) })),
    ...line("fact.shown", say(showing ? (showing.nonce ? "shown.asked" : "shown.live") : "shown.bearer")),
    ...line("fact.status", status ? say("fact.status.good", { issued: time(status.issued) }) : say("fact.status.none")),
  ];
}

/**
 * @param {import("../../lib/judgement.js").Judgement | undefined} judgement undefined where no code was found
 * @param {HTMLElement} section
 * @param {HTMLElement} [decision] what the policy of the gate makes of a valid code, or of a person without one
 */
export function showVerdict(judgement, section, decision) {
  const verdict = judgement?.verdict ?? "no-code";
  const outcome = judgement?.outcome ?? "cannot judge";
  const told = row("verdicts", "verdict", verdict);
  const color = judgement?.valid ? row("colors", "value", judgement.claims.health.color) : undefined;
  section.className = color ? color.name : outcome.replace(" ", "-");
  section.dataset.verdict = verdict;
  const word = color ? color[language] : say(`outcome.${outcome.replace(" ", "-")}`);
  section.replaceChildren(
    make("p", { class: "face" },
      make("span", { class: "shape", "aria-hidden": "true" }, color ? color.symbol : SHAPES[outcome]),
      make("strong", { class: "word" }, word)),
    make("p", { class: "guard" }, told[`guard_${language}`]),
    ...(decision ? [decision] : []), // there is none for a code that is not valid
    ...(color ? [make("dl", {}, ...facts(judgement))] : []),
    make("div", { class: "tell" },
      make("h2", {}, say("gate.tell")),
      make("p", {}, told[`holder_${language}`]),
      make("p", { lang: other === "zh" ? "zh" : "en" }, told[`holder_${other}`])),
    make("p", { class: "small" }, say("gate.judged", { verdict, at: time(now()) })),
  );
}
