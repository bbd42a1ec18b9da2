/** The gate's page, for every platform: pins, takes lists, scans, judges. What the phone gives is `platform`. */

import qrcode from "qrcode-generator";
import { writeChallenge } from "../../lib/enrolment.js";
import { nobleEngine } from "../../lib/engines.js";
import { Memory } from "../../lib/memory.js";
import { SlotStorage } from "../../lib/store/slots.js";
import { TrustStore } from "../../lib/store/store.js";
import { verify } from "../../lib/verify.js";
import { ageOf, ageOfAnchor, environment, findRoot, isTaken, outcomesOf, readThumbprint } from "../../pages/common/trust.js";
import { filesOf } from "./files.js";
import { isRight } from "./right.js";
import { labels, now, say, setLanguage, time } from "./say.js";
import { shown } from "./verdict.js";

const MOST_BYTES = 67_108_864; // a phone's memory is smaller than what STL-8 allows
const NONCE_SECONDS = 120; // PRS-12.2

/** What went wrong, in words. */
const reason = (error) => (error?.name === "StoreError" ? say("mini.storage") : error?.message || String(error));

/** @param {import("./platform.js").Platform} platform @returns the object that the platform's Page() takes */
export function gatePage(platform) {
  const memory = new Memory();
  let store;
  let updated = 0;
  let challenges = []; // what is shown now, and what was shown just before: {nonce, at}

  /** The judgement; where challenges were shown, for the one that the holder has answered (PRS-7, PRS-12). */
  async function judge(text, isAsked) {
    const options = { registry: store, at: now(), memory, environment };
    const fresh = challenges.filter(({ at }) => options.at >= at && options.at - at <= NONCE_SECONDS);
    if (!isAsked) return verify(text, options);
    if (fresh.length === 0) throw new Error(say("mini.challenge-over"));
    let judgement;
    for (const { nonce } of fresh) {
      judgement = await verify(text, { ...options, nonce });
      if (judgement.verdict !== "presentation-mismatch") break;
    }
    return judgement;
  }

  function anchorsOf() {
    return store.anchors.map((anchor) => {
      const fresh = store.freshness(anchor);
      const age = ageOfAnchor(store, anchor, updated, now());
      const dates = fresh ? say("lists.dates", { issued: time(fresh.issued), expires: time(fresh.expires) }) : say("lists.no-registry");
      return { anchor, age, ageWord: say(`age.${age}`), dates, unpin: say("lists.unpin", { anchor }) };
    });
  }

  return {
    data: {
      state: "opening", words: {}, trouble: "", age: "none", ageLine: "", anchors: [], last: "", isSet: false, hasFiles: false, hasRandom: false,
      thumbprint: "", address: "", text: "", files: 0, taken: null, busy: false, listsOpen: false, verdict: null, challenge: "",
    },

    onLoad() {
      return this.start();
    },

    onShow() {
      if (store) this.refresh();
    },

    onUnload() {
      clearInterval(this.timer);
    },

    async start() {
      setLanguage(platform.language());
      platform.title(say("gate.title"));
      this.setData({ words: labels(), hasFiles: !!platform.choose, hasRandom: !!platform.random });
      if (!isRight()) return this.setData({ state: "failed", trouble: say("mini.engine") });
      try {
        const { manager, folder } = platform.files();
        store = await TrustStore.open({ environment, storage: new SlotStorage(filesOf(manager, folder)), engine: nobleEngine });
      } catch (error) {
        return this.setData({ state: "failed", trouble: say("mini.no-store", { why: error?.message ?? String(error) }) });
      }
      updated = Number(await platform.get("updated").catch(() => 0)) || 0;
      this.setData({ state: "scan", address: String((await platform.get("address").catch(() => "")) ?? "") });
      this.refresh();
      this.timer = setInterval(() => this.tick(), 5_000);
      return undefined;
    },

    /** Who is pinned, and how old the lists are. */
    refresh() {
      const isSet = store.anchors.some((anchor) => store.freshness(anchor));
      const age = ageOf(store, updated);
      const ageLine = store.anchors.length > 0 ? say(`age.${age}.line`, { now: time(now()) }) : "";
      this.setData({ isSet, age, ageLine, anchors: anchorsOf(), last: updated ? say("lists.updated", { at: time(updated) }) : "", listsOpen: this.data.listsOpen || !isSet });
    },

    async tick() {
      this.refresh();
      if (this.data.challenge && this.data.state === "scan" && !(challenges[0] && now() - challenges[0].at <= NONCE_SECONDS / 2)) await this.renew();
    },

    async scan() {
      if (this.data.busy) return;
      this.setData({ trouble: "" });
      let text;
      try {
        text = await platform.scan();
      } catch {
        this.setData({ trouble: say("mini.no-scan") });
        return;
      }
      if (text !== undefined) await this.judgeText(text);
    },

    async judgePasted() {
      const text = this.data.text.replace(/^[\r\n\t ]+|[\r\n\t ]+$/g, "");
      this.setData({ text: "" });
      if (text) await this.judgeText(text);
    },

    async judgeText(text) {
      if (this.data.busy) return;
      this.setData({ busy: true, trouble: "" });
      try {
        const verdict = shown(await judge(text, this.data.challenge !== ""));
        this.setData({ state: "verdict", verdict });
        if (this.data.challenge) await this.renew(); // a challenge serves one showing
      } catch (error) {
        this.setData({ trouble: reason(error) });
      } finally {
        this.setData({ busy: false });
      }
    },

    /** The next holder: what the last one has shown goes from the screen first. */
    async next() {
      this.setData({ state: "scan", verdict: null });
      this.refresh();
      if (!this.data.challenge) await this.scan();
    },

    async ask() {
      challenges = [];
      if (this.data.challenge) return this.setData({ challenge: "" });
      return this.renew();
    },

    /** A new number for the next holder to answer; the one before stays good until its time is over. */
    async renew() {
      try {
        const nonce = new Uint8Array(await platform.random(16));
        if (nonce.length !== 16) throw new Error("16 bytes were expected");
        challenges = [{ nonce, at: now() }, ...challenges].slice(0, 2);
        const code = qrcode(0, "M");
        code.addData(writeChallenge(nonce), "Alphanumeric");
        code.make();
        this.setData({ challenge: code.createDataURL(6, 24) });
      } catch {
        challenges = [];
        this.setData({ challenge: "", trouble: say("mini.no-random") });
      }
    },

    toggleLists() {
      this.setData({ listsOpen: !this.data.listsOpen, files: 0 });
    },

    typed({ currentTarget, detail }) {
      this.setData({ [currentTarget.dataset.field]: detail.value });
    },

    /** Takes a bundle from files of a conversation. */
    async takeFiles() {
      await this.take(async () => platform.choose());
    },

    /** Takes a bundle from the address: the one request of this program. */
    async takeAddress() {
      const address = this.data.address.trim();
      await this.take(async () => {
        if (!/^https:\/\/[^/\s]+/i.test(address)) throw new Error(say("lists.no-address"));
        const bytes = await platform.fetch(address).catch((error) => {
          throw new Error(say("mini.unreachable", { why: error?.message ?? String(error) }));
        });
        await platform.set("address", address).catch(() => undefined);
        return [bytes];
      });
    },

    /** @param {() => Promise<ArrayBuffer[]>} get */
    async take(get) {
      if (this.data.busy) return;
      this.setData({ busy: true, taken: null });
      try {
        this.setData({ taken: await this.tryToTake(get) });
      } catch (error) {
        this.setData({ taken: { done: false, head: reason(error), lines: [] } });
      } finally {
        this.setData({ busy: false });
        this.refresh();
      }
    },

    async tryToTake(get) {
      const typed = this.data.thumbprint.trim();
      const thumbprint = typed ? readThumbprint(typed) : undefined;
      if (typed && !thumbprint) throw new Error(say("lists.bad-thumbprint", { digits: typed.replace(/[\s:.-]/g, "").length }));
      if (!typed && store.anchors.length === 0) throw new Error(say("lists.thumbprint-first"));
      const sources = (await get()).map((buffer) => new Uint8Array(buffer));
      if (sources.length === 0) return null;
      if (sources.reduce((sum, bytes) => sum + bytes.length, 0) > MOST_BYTES) throw new Error(say("lists.too-large"));
      const root = thumbprint && findRoot(sources, thumbprint);
      if (root) {
        await store.pin(root.authority, root.version, thumbprint);
        this.setData({ thumbprint: "" });
      }
      const entries = await store.update(sources, now());
      if (isTaken(entries)) {
        updated = now();
        await platform.set("updated", updated).catch(() => undefined);
      }
      return outcomesOf(entries, root);
    },

    async unpin({ currentTarget }) {
      const { anchor } = currentTarget.dataset;
      if (!(await platform.confirm(say("lists.unpin.sure", { anchor }), { yes: say("policy.yes"), no: say("policy.no") }))) return;
      try {
        await store.unpin(anchor);
      } catch (error) {
        this.setData({ trouble: reason(error) });
      }
      this.refresh();
    },
  };
}
