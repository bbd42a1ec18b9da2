/** The adapter of the test kit: `python spec/testkit/run.py -- node src/healthpass-js/kit.mjs`. */

import { createInterface } from "node:readline";
import { env, stdin, stdout } from "node:process";
import { answering } from "./kit/answers.mjs";
import { bestEngine, nobleEngine, webEngine } from "./lib/index.js";

const engine = { noble: nobleEngine, webcrypto: webEngine() }[env.HEALTHPASS_ENGINE] ?? (await bestEngine());
const answer = answering(engine);
for await (const line of createInterface({ input: stdin, crlfDelay: Infinity })) {
  stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
