/** What a valid code says, as pairs of words: for pages and mini-programs. */

import { day, language, row, say, time } from "../common/say.js";

const line = (name, ...values) => [{ name: say(name), values }];

/** An entry of evidence in words. */
function evidence([type, a, b, c]) {
  const kind = row("evidence-types", "value", type)?.[language] ?? say("evidence.unknown", { type });
  if (type === 1) return `${kind}: ${row("test-methods", "value", c)?.[language] ?? c}, ${row("test-results", "value", b)?.[language] ?? b}, ${time(a)}`;
  if (type === 2) return `${kind}: ${b}/${c}, ${day(a)}`;
  if (type === 3) return `${kind}: ${day(a)}`;
  if (type === 4) return `${kind}: ${a}, ${day(b)}`;
  return kind;
}

export function factsOf({ claims, showing, path, status }) {
  const { health } = claims;
  return [
    ...(health.holder === undefined ? [] : line("fact.holder", health.holder)),
    ...line("fact.issuer", path ? `${path.names.issuer[language]} ${claims.iss}` : claims.iss),
    ...(path && path.anchor !== path.authority ? line("fact.by", say("fact.recognised", { anchor: path.names.anchor[language], authority: path.names.authority[language] })) : []),
    ...(health.reason === undefined ? [] : line("fact.reason", row("reasons", "value", health.reason)?.[language] ?? say("fact.reason.unknown", { number: health.reason }))),
    ...(health.until === undefined ? [] : line("fact.until", time(health.until))),
    ...(health.evidence ? line("fact.evidence", ...health.evidence.map(evidence)) : []),
    ...(health.residence === undefined ? [] : line("fact.residence", health.residence)),
    ...(health.origin === undefined ? [] : line("fact.origin", health.origin)),
    ...line("fact.valid", say("fact.from-to", { from: time(claims.nbf), to: time(claims.exp) })),
    ...line("fact.shown", say(showing ? (showing.nonce ? "shown.asked" : "shown.live") : "shown.bearer")),
    ...line("fact.status", status ? say("fact.status.good", { issued: time(status.issued) }) : say("fact.status.none")),
  ];
}
