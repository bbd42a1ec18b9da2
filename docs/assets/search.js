/**
 * The search of this site, as the worker that the theme talks to: it is given the sections of one language, and answers
 * each query with pages and their sections, best first.
 *
 * Chinese is written without blanks, so words are not cut: what somebody types is looked for as it stands, anywhere in the
 * text; and if it stands nowhere, in parts of at least two characters. A Latin word is looked for at the start of words.
 * An index of words was tried (Pagefind, which cuts Chinese by a dictionary): it found 二维码 on one page of thirteen.
 */

const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3]; // the theme's numbers for its messages
const EXCERPT = 130; // columns of text around the first mark; a Chinese character takes two
const WEIGHT = [[/^adr\//, 0.6], [/^api\//, 0.5]]; // a guide or a rule comes before a record or a reference
const CODE = /[a-z][A-Z]|_|\.[a-z]|\(/; // but not for who asks for a name of the reference
const FOREIGN = 0.5; // a page that is not in the language of the site
const HAN = /\p{Script=Han}/u;

let sections = [];
let pages = new Map();

/** The terms of a query: what stands in quotation marks, runs of Chinese, and other words without their endings. */
function termsOf(query) {
  const terms = [];
  for (const [, quoted, word] of query.normalize("NFKC").matchAll(/"([^"]+)"|([^\s"]+)/g)) {
    if (quoted?.trim()) terms.push({ text: quoted.trim().toLowerCase(), anywhere: true });
    for (const [part] of (word ?? "").matchAll(/\p{Script=Han}+|[^\p{Script=Han}，。、；：！？（）《》“”]+/gu)) {
      const text = HAN.test(part) ? part : part.replace(/^[^\p{L}\p{N}_@$>-]+|[^\p{L}\p{N}_]+$/gu, "");
      if (text) terms.push({ text: stem(text).toLowerCase(), anywhere: HAN.test(text) });
    }
  }
  return terms.slice(0, 12);
}

/** "policies", "issued" and "issuing" begin as "policy" and "issue" do; names of the reference stay as they are. */
function stem(word) {
  return /^[A-Z]?[a-z-]+$/.test(word) && !/ss$/.test(word) ? word.replace(/(?<=[a-z]{3})(ies|ied|ing|ed|es|s|e|y)$/, "") : word;
}

/** Where a term stands in a text, and how well: at the start of a word, or inside of one. */
function occurrences(text, term) {
  const found = [];
  for (let at = text.indexOf(term.text); at >= 0; at = text.indexOf(term.text, at + term.text.length)) {
    const whole = term.anywhere || at === 0 || !/[a-z0-9.]/.test(text[at - 1]);
    const length = term.text.length + (term.anywhere ? 0 : /^[a-z]*/.exec(text.slice(at + term.text.length, at + 40))[0].length);
    if (whole || term.text.length > 3) found.push({ at, length, worth: whole ? 1 : 0.2 });
  }
  return found;
}

/** The two parts of a Chinese term, each of two characters or more, of which the rarer one is as frequent as can be. */
function partsOf({ text, anywhere }) {
  const cuts = HAN.test(text) ? [...text].slice(3).map((_, n) => [text.slice(0, n + 2), text.slice(n + 2)]) : [];
  const often = (part) => sections.filter(({ lowerText, lowerTitle }) => lowerText.includes(part) || lowerTitle.includes(part)).length;
  const rarer = new Map(cuts.map((cut) => [cut, Math.min(...cut.map(often))]));
  const best = cuts.reduce((first, cut) => (rarer.get(cut) > (rarer.get(first) ?? 0) ? cut : first), null);
  return best?.map((part) => ({ text: part, anywhere })) ?? [];
}

/** How well a section answers a term: its title counts for more than its text, and the title of a page for most. */
function worthOf(section, term) {
  const count = (marks) => marks.reduce((sum, { worth }) => sum + worth, 0);
  const inTitle = occurrences(section.lowerTitle, term);
  const inText = occurrences(section.lowerText, term);
  const inName = occurrences(section.lowerName, term);
  const ofTitle = (marks, title) => Math.min(1, count(marks)) * (2 + (6 * term.text.length) / (title.length + 1));
  const title = Math.max(ofTitle(inTitle, section.lowerTitle), ofTitle(inName, section.lowerName)) * (section === section.page ? 1.8 : 1);
  const inPage = section !== section.page && occurrences(section.page.lowerTitle, term).length;
  const often = count(inText) / (count(inText) + 1.5 + section.lowerText.length / 1500);
  const found = inTitle.length + inText.length + inName.length > 0;
  return { worth: title + 3 * often + (inPage ? 0.7 : 0), inTitle, inText, found };
}

/** The worth of a term as it stands, or of its two parts. */
function bestOf(section, { parts, ...term }) {
  const whole = worthOf(section, term);
  const each = parts.map((part) => worthOf(section, part));
  if (whole.found || !each.length || !each.every(({ found }) => found)) return whole;
  const both = (key) => each.flatMap((one) => one[key]);
  return { worth: 0.4 * (each[0].worth + each[1].worth) * near(each), inTitle: both("inTitle"), inText: both("inText"), found: true, parts };
}

/** Terms that stand side by side mean more than terms of two paragraphs. */
function near(marks) {
  const close = (key, reach) => marks.length > 1 && marks[0][key].some(({ at }) =>
    marks.slice(1).every((other) => other[key].some((mark) => Math.abs(mark.at - at) < reach)));
  return close("inTitle", 80) || close("inText", 25) ? 1.6 : close("inText", 100) ? 1.3 : 1;
}

function search(query) {
  const asked = termsOf(query).map((term) => ({ ...term, parts: partsOf(term) }));
  if (!asked.length) return [];
  const judged = sections.map((section) => ({ section, marks: asked.map((term) => bestOf(section, term)) }));
  const rarity = asked.map((_, n) => Math.log(1 + sections.length / (1 + judged.filter(({ marks }) => marks[n].found).length)));
  const weight = (section) => (section.foreign ? FOREIGN : 1) * (CODE.test(query) ? 1 : section.weight);
  const scored = judged.map(({ section, marks }) => {
    const found = marks.filter((mark) => mark.found).length;
    const sum = marks.reduce((all, { worth }, n) => all + worth * rarity[n], 0);
    const terms = asked.flatMap(({ text }, n) => (marks[n].parts ?? [{ text }]).map((part) => [part.text, marks[n].found]));
    return { section, marks, found, score: sum * near(marks) * weight(section) * (found / marks.length) ** 3, terms: Object.fromEntries(terms) };
  }).filter(({ found }) => found);
  const groups = new Map();
  for (const one of scored.sort((a, b) => b.score - a.score)) {
    groups.set(one.section.page, [...(groups.get(one.section.page) ?? []), one]);
  }
  // A page of which many sections speak of it is about it.
  const rank = (group) => group[0].score + 0.3 * group.slice(1, 9).reduce((sum, { score }) => sum + score, 0);
  return [...groups].sort(([, a], [, b]) => rank(b) - rank(a)).map(([page, group]) => {
    const score = rank(group);
    const items = group.map((one, n) => shown(one, n ? Math.min(one.score, score * 0.999) : score));
    return items.some(({ location }) => location === page.location) ? items : [...items, { ...plain(page), score: 0, terms: {} }];
  });
}

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const plain = ({ location, title }) => ({ location, title: escaped(title), text: "" });

function shown({ section, marks, terms }, score) {
  const inText = marks.flatMap(({ inText: found }) => found).sort((a, b) => a.at - b.at);
  return {
    location: section.location, title: marked(section.title, marks.flatMap(({ inTitle }) => inTitle)), score, terms,
    text: excerpt(section.text, inText),
  };
}

/** The text with its marks, which may overlap. */
function marked(text, marks, from = 0, to = text.length) {
  let html = "";
  let done = from;
  for (const { at, length } of [...marks].sort((a, b) => a.at - b.at)) {
    if (at < done || at + length > to) continue;
    html += `${escaped(text.slice(done, at))}<mark>${escaped(text.slice(at, at + length))}</mark>`;
    done = at + length;
  }
  return html + escaped(text.slice(done, to));
}

/** What stands around the place with the most marks. */
function excerpt(text, marks) {
  const width = HAN.test(text) ? EXCERPT / 2 : EXCERPT;
  const near = (start) => marks.filter(({ at }) => at >= start && at < start + width).length;
  const best = marks.reduce((first, { at }) => (near(at) > near(first) ? at : first), marks[0]?.at ?? 0);
  const back = Math.max(0, best - Math.round(width / 3));
  const pause = text.slice(back, best).search(/(?<=[\s，。；：、])/);
  const from = back && pause >= 0 ? back + pause : back;
  const to = Math.min(text.length, from + 2 * width);
  return (from ? "…" : "") + marked(text, marks, from, to) + (to < text.length ? "…" : "");
}

function setUp({ docs }) {
  pages = new Map();
  sections = docs.map((section) => ({ ...section, lowerTitle: section.title.toLowerCase(), lowerText: section.text.toLowerCase(), lowerName: (section.named ?? "").toLowerCase() }));
  for (const section of sections) {
    const path = section.location.split("#")[0];
    if (!pages.has(path)) pages.set(path, section);
    section.page = pages.get(path);
    section.weight = (WEIGHT.find(([place]) => place.test(section.location))?.[1] ?? 1);
  }
}

self.onmessage = ({ data: { type, data } }) => {
  if (type === SETUP) {
    setUp(data);
    self.postMessage({ type: READY });
  }
  if (type === QUERY) self.postMessage({ type: RESULT, data: { items: search(data) } });
};
