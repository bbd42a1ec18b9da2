/** How many codes a gate has judged today, by what was seen: numbers, and nothing of anybody. */

import { $, make, row, rowOf, say, language, trouble, reason } from "../common/say.js";

const SORTS = ["green", "yellow", "red", "not valid", "cannot judge"];
const today = () => new Date().toLocaleDateString("sv-SE"); // 2026-11-05

export class Counter {
  #counts = {};
  #day = today();

  constructor(keep) {
    this.keep = keep;
    $("reset").addEventListener("click", () => window.confirm(say("gate.reset.sure")) && void this.#save({}));
  }

  async open() {
    const kept = await this.keep.get("counts").catch(() => undefined);
    if (kept?.day === this.#day) this.#counts = kept.counts;
    this.#show();
  }

  async count(judgement) {
    const sort = judgement?.valid ? rowOf("colors", "value", judgement.claims.health.color).name : (judgement?.outcome ?? "cannot judge");
    const before = this.#day === today() ? this.#counts : {};
    this.#day = today();
    await this.#save({ ...before, [sort]: (before[sort] ?? 0) + 1 });
  }

  async #save(counts) {
    this.#counts = counts;
    this.#show();
    await this.keep.put("counts", { day: this.#day, counts }).catch((error) => trouble(reason(error)));
  }

  #show() {
    const rows = SORTS.map((sort) => {
      const color = row("colors", "name", sort);
      const name = color ? `${color.symbol} ${color[language]}` : say(`outcome.${sort.replace(" ", "-")}`);
      return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, String(this.#counts[sort] ?? 0)));
    });
    const sum = Object.values(this.#counts).reduce((a, b) => a + b, 0);
    $("counts").replaceChildren(make("caption", {}, say("gate.counter.today", { day: this.#day, sum })), make("tbody", {}, ...rows));
  }
}
