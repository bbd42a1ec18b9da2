/** A small world of today for the tests: an authority's bundle, its thumbprint, and codes. `node world.mjs FOLDER` */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { bindingOf } from "../../lib/binding.js";
import { HolderKey } from "../../lib/index.js";
import { concat, fromHex, toHex } from "../../lib/bytes.js";
import { sha256 } from "../../lib/digest.js";
import { encode } from "../../lib/cbor.js";
import { credential, DAY, document, entry, issuer, list, NAMES, office as claimsOf, pair, payload, registryContent, rootContent } from "../../test/make.mjs";

export const OFFICE = "CN-33-01.WJW";
export const office = pair("office of the pages");
const [root, registry, status, policies] = ["root", "registry", "status", "policies"].map((name) => pair(`${name} of the pages`));
const BASE = "https://status.example/hz";

/** Everything, for a time of judging. */
export function world(now = Math.floor(Date.now() / 1000)) {
  const rootPayload = payload({ content: rootContent([root], [registry]), iat: now - 2 * DAY, exp: now + 300 * DAY });
  const times = { from: now - 30 * DAY, until: now + 300 * DAY };
  const issuers = [issuer(OFFICE, [entry(office, times), entry(status, { ...times, use: 2, scope: undefined }), entry(policies, { ...times, use: 3, scope: undefined })], BASE)];
  const registryOf = (more = {}) => document("registry", payload({ content: registryContent(issuers), iat: now - DAY, ...more }), [registry]);
  const lists = list(status, { sub: `${BASE}/1`, iat: now - 600, values: { 9: 1 } });
  const rules = [
    new Map([[1, "key-area"], [2, new Map([[1, [0, 1]], [14, ["key-area"]]])], [3, 4], [4, [0]]]),
    new Map([[1, "green"], [2, new Map([[1, [0]]])], [3, 0]]),
    new Map([[1, "yellow"], [2, new Map([[1, [1]]])], [3, 1], [4, [2]], [5, 7], [10, new Map([[1, "请居家七天。"], [2, "Stay at home for seven days."]])]]),
  ];
  const questions = [["key-area", "您14天内到过重点地区吗？", "Have you been in a key area within 14 days?"]];
  const content = new Map([[1, NAMES], [2, 480], [3, questions], [4, ["station"]], [5, rules]]);
  const policy = document("policy", encode(claimsOf({ issuer: OFFICE, iat: now - 3600, content })), [policies]);
  const rootDocument = document("root", rootPayload, [root]);
  let cti = 1;
  const code = (health, more = {}) => credential(office, { iss: OFFICE, nbf: now - 3600, exp: now + DAY, cti: new Uint8Array(12).fill(cti++), health, ...more });
  const phone = pair("phone of the pages");
  return {
    thumbprint: toHex(sha256(rootPayload)),
    bundle: concat(rootDocument, registryOf(), policy, lists),
    rival: concat(document("root", payload({ content: rootContent([pair("thief")], [registry]), iat: now - DAY }), [pair("thief")])),
    codes: {
      green: code({ color: 0, 2: "张*丰", 7: [1, 7] }),
      yellow: code({ color: 1, 2: "李*", 4: 4, 5: now + 3 * DAY }),
      red: code({ color: 2, 4: 6, 5: now + 9 * DAY }),
      withdrawn: code({ color: 0, 7: [1, 9] }),
      expired: code({ color: 0 }, { nbf: now - 2 * DAY, exp: now - 60 }),
      unknown: credential(pair("nobody"), { iss: OFFICE, nbf: now - 60, health: { color: 0 } }),
      bound: code({ color: 0 }, { cnf: phone.key }),
    },
    /** A code that is bound to the passport CHN-E12345678 too, shown with what opens the binding. */
    async shown() {
      const opening = crypto.getRandomValues(new Uint8Array(16));
      const bound = code({ color: 0, 3: bindingOf("passport", "CHN-E12345678", opening) }, { cnf: phone.key });
      return (await HolderKey.fromSeed(phone.seed)).present(bound, { at: now, opening });
    },
    /** A code for a phone that has proved its key. */
    for: (key, health = { color: 0, 2: "王*" }) => code(health, { cnf: fromHex(key) }),
  };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const folder = argv[2];
  const { bundle, rival, ...rest } = world();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "bundle.cbor"), bundle);
  writeFileSync(join(folder, "rival.cbor"), rival);
  writeFileSync(join(folder, "world.json"), JSON.stringify(rest));
}
