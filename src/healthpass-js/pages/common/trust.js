/** Pinning, the age of lists, and what became of them, in words: for pages and mini-programs. */

import { fromHex, toHex } from "../../lib/bytes.js";
import { Refusal } from "../../lib/errors.js";
import { readRoot } from "../../lib/registry/root.js";
import { readSources } from "../../lib/store/bundle.js";
import { now, row, say, language, time } from "./say.js";

const OLD = 86_400; // s since the last update
const SOON = 172_800; // s before they expire

export const environment = "production";

/** The 32 bytes that somebody typed from paper, or undefined. */
export function readThumbprint(text) {
  const bytes = fromHex(text.replace(/[\s:.-]/g, ""));
  return bytes?.length === 32 ? bytes : undefined;
}

/** The root with this hash among the documents of bundles. @throws {Error} in words, if there is none or it is another environment's */
export function findRoot(sources, thumbprint) {
  const wanted = toHex(thumbprint);
  const offer = readSources(sources).find(({ document }) => document?.kind.kind === "root" && document.name === wanted);
  if (!offer?.document) throw new Error(say("lists.no-root"));
  let root;
  try {
    root = readRoot(offer.document).head;
  } catch (error) {
    if (error instanceof Refusal) throw new Error(say("lists.bad-root"));
    throw error;
  }
  if (root.environment !== environment) throw new Error(say("lists.environment", { environment: root.environment }));
  return { authority: root.iss, version: root.version };
}

/** How the lists are: `none`, `expired`, `old`, `soon` or `fresh`, of the anchor that is worst. */
export function ageOf(store, updated, at = now()) {
  const worst = (a, b) => (AGES.indexOf(a) < AGES.indexOf(b) ? a : b);
  return store.anchors.map((anchor) => ageOfAnchor(store, anchor, updated, at)).reduce(worst, store.anchors.length > 0 ? "fresh" : "none");
}
const AGES = ["none", "expired", "clock", "old", "soon", "fresh"];

export function ageOfAnchor(store, anchor, updated, at) {
  const fresh = store.freshness(anchor);
  if (!fresh) return "none";
  if (at >= fresh.expires) return "expired";
  if (at + 60 < fresh.issued) return "clock";
  if (!updated || Math.abs(at - updated) > OLD) return "old"; // whenever it was, if the clock was wrong then
  return fresh.expires - at < SOON ? "soon" : "fresh";
}

/** What became of the documents of an update: whether any is held, and lines with their sort, what is wrong first, each word once for each authority. */
export function outcomesOf(entries, root) {
  const counts = new Map();
  for (const { outcome, notes, anchor, authority } of entries) {
    for (const word of [outcome, ...notes]) {
      const key = `${word} ${authority && authority !== anchor ? `${anchor} → ${authority}` : (authority ?? "")}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const lines = [...counts].slice(0, 40).map(([key, count]) => {
    const [word, ...who] = key.split(" ");
    const known = row("outcomes", "outcome", word);
    const sort = word === "unknown-signer" ? "other" : (known?.kind ?? "refused");
    return { sort, text: `${who.join(" ")} ${language === "zh" ? known?.zh : known?.meaning}${count > 1 ? ` × ${count}` : ""}` };
  });
  const isAhead = entries.some(({ outcome }) => outcome === "dated-ahead");
  if (isAhead) lines.unshift({ sort: "refused", text: say("lists.clock", { now: time(now()) }) });
  const done = isTaken(entries);
  return { done, head: root ? say("lists.pinned", root) : say(done ? "lists.done" : "lists.not-done"), lines };
}

/** Whether an update has taken anything, or holds it already. */
export const isTaken = (entries) => entries.some(({ outcome }) => outcome === "applied" || outcome === "unchanged");
