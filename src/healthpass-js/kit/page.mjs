/** The adapter in a page: with WebCrypto, and with IndexedDB for the stores. */

import { bestEngine, IndexedDBStorage } from "../lib/index.js";
import { answering } from "./answers.mjs";

let worlds = 0;
const engine = await bestEngine();
globalThis.answer = answering(engine, () => new IndexedDBStorage(`world ${worlds++}`));
globalThis.engine = engine.name;
