/** Prints lib/tables.js from the CSV tables of the specification: `node tables.mjs > lib/tables.js`. A test compares the two. */

import { readFileSync } from "node:fs";
import { argv, stdout } from "node:process";
import { fileURLToPath } from "node:url";

/** The rows of a table of the specification. @param {string} name @returns {Record<string, string>[]} */
export function table(name) {
  return rowsOf(readFileSync(new URL(`../../spec/tables/${name}.csv`, import.meta.url), "utf8"));
}

/** The rows of a CSV text (RFC 4180, with LF). @param {string} text @returns {Record<string, string>[]} */
export function rowsOf(text) {
  const rows = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)].reduce(
    (/** @type {string[][]} */ all, [, quoted, plain, end]) => {
      all[all.length - 1]?.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
      if (end === "\n") all.push([]);
      return all;
    },
    [[]],
  );
  const [names = [], ...rest] = rows.filter((row) => row.length > 0);
  return rest.map((row) => Object.fromEntries(names.map((key, i) => [key, row[i] ?? ""])));
}

/** The line of an event. @param {Record<string, string>} row @returns {string} */
function eventOf({ event, members = "" }) {
  const list = (/** @type {(string | undefined)[]} */ words) => JSON.stringify(words).replaceAll(",", ", ");
  const kinds = table("coloring-kinds").filter((row) => row["event"] === event).map((row) => row["kind"]);
  return `  ${JSON.stringify(event)}: { members: ${list(members.split(" ").filter(Boolean))}, kinds: ${list(kinds)} },\n`;
}

/** The source of lib/tables.js. @returns {string} */
export function source() {
  const list = (/** @type {string[]} */ lines) => `[\n${lines.map((line) => `  ${line},\n`).join("")}]`;
  const quote = (/** @type {string | undefined} */ text) => JSON.stringify(text);
  const points = table("forbidden-code-points");
  const ranges = (/** @type {string} */ who) =>
    list(points.filter((row) => row["refused_by"] === who).map((row) => `[0x${row["first"]}, 0x${row["last"]}]`));
  const namesOf = (/** @type {string} */ name) =>
    `/** @type {readonly string[]} */ (${JSON.stringify(table(name).map((row) => row["name"])).replaceAll(",", ", ")})`;
  const verdicts = table("verdicts").filter((row) => row["verdict"] !== "no-code");
  return `/** The tables of the specification that code needs. Written by tables.mjs from spec/tables: do not edit. */

/** Each verdict in the order of VER-1, with its sort (VER-10), and whether a caller may waive it (VER-8). */
export const VERDICTS = /** @type {const} */ (${list(
    verdicts.map((row) => `{ verdict: ${quote(row["verdict"])}, outcome: ${quote(row["outcome"])}, waivable: ${row["waivable"] === "yes"} }`),
  )});

/** First and last of the code points that verifiers refuse (HLT-7, DOC-11). @type {readonly [number, number][]} */
export const REFUSED_BY_VERIFIER = ${ranges("verifier")};

/** First and last of those that issuers refuse beside them (ISS-3). @type {readonly [number, number][]} */
export const REFUSED_BY_ISSUER = ${ranges("issuer")};

/** Public keys whose private half is published (SIG-2). */
export const PUBLISHED_KEYS = new Set(${list(table("published-keys").map((row) => quote(row["public_key"])))});

/** The documents that a code can be bound to (BND-3). */
export const DOCUMENT_TYPES = new Map(${list(
    table("document-types").map((row) => `[${quote(row["name"])}, { spelling: /^(?:${row["spelling"]})$/, mod112: ${row["check"] !== ""} }]`),
  )});

/** The kinds of signed documents that HP1 defines (DOC-1, DOC-9). */
export const DOCUMENT_KINDS = ${list(
    table("document-kinds")
      .filter((row) => !row["signed_by"]?.startsWith("reserved") && row["kind"] !== "status-list")
      .map((row) => `{ kind: ${quote(row["kind"])}, typ: ${quote(row["typ"])}, maxBytes: ${row["max_bytes"]}, maxDays: ${row["max_days"]} }`),
  )};

/** The names of what a rule orders, of duties, and of ways to show a code, each by its value (POL-3, DEC-1). */
export const ACTIONS = ${namesOf("actions")};
export const DUTIES = ${namesOf("duties")};
export const SHOWN = ${namesOf("shown")};

/** The names that colour rules use: of colours, of reasons, and of results of tests (CLR-3, CLR-4). */
export const COLORS = ${namesOf("colors")};
export const REASONS = ${namesOf("reasons")};
export const RESULTS = ${namesOf("test-results")};

/** The members of each event in a history, and its kinds in their order (CLR-9, CLR-14). @type {Readonly<Record<string, {members: readonly string[], kinds: readonly string[]}>>} */
export const EVENTS = {
${table("coloring-events").map(eventOf).join("")}};
`;
}

if (argv[1] === fileURLToPath(import.meta.url)) stdout.write(source());
