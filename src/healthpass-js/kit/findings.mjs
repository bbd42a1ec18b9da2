/** The slips that an issuer's software finds before it signs (ISS-8, issuing-findings.csv). */

const BLANK = /[\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/u;
const ODD_BLANK = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/u;
const DOT = /[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}][\u002e\u3002\uff0e\uff61]/u;
const DIGITS = /[0-9\uff10-\uff19]{5}/u;

/** The codes of what is found in claims of the kit's JSON, at the time of issue. */
export function findings({ exp, nbf, health }, at) {
  const { color, holder, evidence = [] } = health;
  const today = Math.floor((at + 14 * 3600) / 86_400); // the civil day at UTC+14:00
  const days = { 2: 1, 3: 1, 4: 2 };
  const found = new Set();
  const find = (code, holds) => holds && found.add(code);
  if (holder !== undefined) {
    const points = [...holder];
    const isBlank = (point) => point !== undefined && BLANK.test(point);
    const twice = points.some((point, i) => isBlank(point) && isBlank(points[i + 1]));
    find("label-blanks", isBlank(points[0]) || isBlank(points.at(-1)) || twice || ODD_BLANK.test(holder));
    find("label-dot", DOT.test(holder));
    find("label-unmasked", !holder.includes("*"));
    find("label-digits", DIGITS.test(holder));
  }
  for (const entry of evidence) {
    const [type, a, b, c] = entry;
    find("evidence-ahead", type === 1 ? a > at : entry[days[type]] > today);
    find("dose-above-series", type === 2 && b > c);
    find("green-on-positive", type === 1 && color === 0 && b === 1);
  }
  find("begins-late", nbf > at + 2_592_000);
  find("expired", exp <= at);
  return [...found];
}
