/**
 * Asks two programs that speak the kit's protocol the same requests, changed at random, and tells where they differ:
 *
 *     node differ/run.mjs --codes 100000 --worlds 10000 --made 10000 --decisions 10000 --colorings 10000 --seed 1 -- python ../../spec/testkit/healthpass_adapter.py
 *
 * `codes` are cases of `verify` that were changed, `worlds` those of `world`, `made` are worlds from nothing, `decisions`
 * requests of `decide` and `convert`, and `colorings` requests of `color`.
 * The first program is kit.mjs, the second the one after `--`. The exit code is 1 where an answer differs.
 */

import { spawn } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { argv, exit, stdout } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { changeVerify, changeWorld, Pairs, Random } from "./mutate.mjs";
import { someColoring } from "./colorings.mjs";
import { someDecision } from "./decisions.mjs";
import { someWorld } from "./worlds.mjs";

const AT_ONCE = 64;
const vectors = new URL("../../../spec/vectors/", import.meta.url);
const dash = argv.indexOf("--");
const { values } = parseArgs({
  args: argv.slice(2, dash),
  options: Object.fromEntries(["codes", "worlds", "made", "decisions", "colorings", "seed", "differences"].map((name) => [name, { type: "string" }])),
});
const { codes = "1000", worlds = "100", made = "100", decisions = "100", colorings = "100", seed = "1", differences } = values;

/** A program that answers one line for each line. */
class Program {
  constructor(command, args) {
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  send(line) {
    this.process.stdin.write(`${line}\n`);
  }

  async answer() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error("a program has ended");
    return canonical(JSON.parse(value));
  }

  end() {
    this.process.stdin.end();
  }
}

/** One text for each answer. */
function canonical(answer) {
  return JSON.stringify(answer, (_, value) =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value,
  );
}

const names = readdirSync(vectors).filter((name) => name.endsWith(".json") && name !== "schema.json").sort();
const files = names.map((name) => JSON.parse(readFileSync(new URL(name, vectors), "utf8")));
const pairs = new Pairs(files);
const of = (op) => files.flatMap((file) => file.cases.filter((one) => one.op === op));
const [verifies, all] = [of("verify"), of("world").filter((one) => one.steps.length > 0)];
const random = new Random(Number(seed));

/** The next request, or undefined at the end. */
function* requests() {
  for (let i = 0; i < Number(codes); i++) {
    const { expect: _, layers: __, comment: ___, clause: ____, attack: _____, ...one } = random.one(verifies);
    yield { ...changeVerify(one, pairs, random), id: `${one.id}-${i}` };
  }
  for (let i = 0; i < Number(worlds); i++) {
    const { id, op, environment, steps } = random.one(all);
    yield { ...changeWorld({ op, environment, steps }, random.one(all), pairs, random), id: `${id}-${i}` };
  }
  for (let i = 0; i < Number(made); i++) yield { ...someWorld(random), id: `made-${i}` };
  for (let i = 0; i < Number(decisions); i++) yield { ...someDecision(random), id: `decision-${i}` };
  for (let i = 0; i < Number(colorings); i++) yield { ...someColoring(random), id: `coloring-${i}` };
}

const programs = [new Program("node", [fileURLToPath(new URL("../kit.mjs", import.meta.url))]), new Program(argv[dash + 1], argv.slice(dash + 2))];
const waiting = [];
const verdicts = new Map();
let asked = 0;
let found = 0;

/** Compares the answers to the oldest request. */
async function compareOne() {
  const request = waiting.shift();
  const [mine, theirs] = await Promise.all(programs.map((program) => program.answer()));
  for (const [, word] of mine.matchAll(/"(?:verdict|outcome|action|ground|refused|error|color)":"([A-Za-z0-9.-]+)"/g)) verdicts.set(word, (verdicts.get(word) ?? 0) + 1);
  if (mine === theirs) return;
  found++;
  stdout.write(`DIFFERENT ${request.id}\n  kit.mjs ${mine.slice(0, 2000)}\n  other   ${theirs.slice(0, 2000)}\n`);
  if (differences) appendFileSync(differences, `${JSON.stringify(request)}\n`);
}

for (const request of requests()) {
  const line = JSON.stringify(request).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  for (const program of programs) program.send(line);
  waiting.push(request);
  asked++;
  if (waiting.length >= AT_ONCE) await compareOne();
}
while (waiting.length > 0) await compareOne();
for (const program of programs) program.end();
const counts = [...verdicts].sort((a, b) => b[1] - a[1]).map(([word, n]) => `${word} ${n}`);
stdout.write(`${counts.join(", ")}\n${asked} requests, ${found} different\n`);
exit(found > 0 ? 1 : 0);
