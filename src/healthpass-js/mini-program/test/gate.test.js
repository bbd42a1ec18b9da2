/** The built mini-programs, from pinning to a verdict, in a world that has only what the platforms document. */

import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { transform } from "esbuild";
import { HolderKey } from "../../lib/index.js";
import { pair } from "../../test/make.mjs";
import { ADDRESS, bundle, codes, NOW, now, opened, out, pinned, rival, scanned, thumbprint, type } from "./built.mjs";
import { Disk } from "./phone.mjs";

const holder = await HolderKey.fromSeed(pair("phone of the pages").seed);

/** A copy of a program in which one of the two files cannot be used. */
function without(platform, name) {
  const folder = join(out, `${platform}-without-${name}`);
  cpSync(join(out, platform), folder, { recursive: true });
  if (name) writeFileSync(join(folder, `lib/${name}.js`), "throw new Error('it is not needed')");
  return folder;
}

for (const platform of ["wechat", "alipay"]) {
  for (const bigint of ["there", "missing", "wrong"]) {
    test(`${platform}, BigInt ${bigint}: from the first opening to verdicts, and after a restart`, async () => {
      const disk = new Disk();
      const folder = without(platform, bigint === "there" ? "numbers" : undefined);
      const { phone, page } = await pinned(platform, { disk, bigint, folder });
      assert.deepEqual([page.data.isSet, page.data.age, page.data.anchors[0].anchor, page.data.thumbprint], [true, "fresh", "CN-33", ""]);
      const seen = [];
      for (const text of [codes.green, codes.yellow, codes.red, codes.withdrawn, codes.expired, codes.unknown, "HP1:ABC", "hello"]) {
        const { verdict, kind, shape, facts, tell, guard } = await scanned({ phone, page }, text);
        assert.ok(tell && guard);
        assert.equal(facts.length > 0, verdict === "valid"); // no claim of a code that is not valid
        seen.push([verdict, kind, shape]);
      }
      assert.deepEqual(seen, [
        ["valid", "green", "●"], ["valid", "yellow", "▲"], ["valid", "red", "■"], ["revoked", "not-valid", "✕"], ["expired", "not-valid", "✕"],
        ["unknown-key", "not-valid", "✕"], ["malformed-envelope", "not-valid", "✕"], ["malformed-text", "not-valid", "✕"],
      ]);
      assert.equal((await scanned({ phone, page }, codes.bound)).verdict, "presentation-required");
      const shown = await holder.present(codes.bound, { at: now() });
      assert.equal((await scanned({ phone, page }, shown)).verdict, "valid");
      assert.equal((await scanned({ phone, page }, shown)).verdict, "presentation-stale"); // a showing passes once
      phone.close();

      const again = await opened(platform, { disk, bigint, folder });
      assert.deepEqual([again.page.data.isSet, again.page.data.age, again.page.data.address], [true, "fresh", ADDRESS]);
      assert.equal((await scanned(again, codes.green)).kind, "green");
      assert.deepEqual(again.phone.requests, []); // judged offline
    });
  }

  describe(`${platform}: what goes wrong`, () => {
    test("pinning says what is missing, and pins nothing", async () => {
      const { phone, page } = await opened(platform, { language: "en" });
      const attempt = async (print, address) => {
        type(page, "thumbprint", print);
        type(page, "address", address);
        await page.takeAddress();
        assert.deepEqual([page.data.taken.done, page.data.anchors, page.data.busy], [false, [], false]);
        return page.data.taken.head;
      };
      assert.match(await attempt("", ADDRESS), /^Type the thumbprint first/);
      assert.match(await attempt("12 34", ADDRESS), /^This is no thumbprint.*4 characters/);
      assert.match(await attempt(thumbprint, "lists.example"), /begins with https/);
      assert.match(await attempt(thumbprint, "https://else.example/"), /could not be read \(.+\)/);
      phone.answers.set("https://lost.example/", 404);
      assert.match(await attempt(thumbprint, "https://lost.example/"), /could not be read \(.*(404|19)/);
      phone.answers.set("https://rival.example/", rival);
      assert.match(await attempt(thumbprint, "https://rival.example/"), /^No root in this bundle/);
      assert.equal(phone.titles.at(-1), "Gate");
    });

    test("a scanner that does not open, and a guard who goes back", async () => {
      const both = await pinned(platform, {});
      await scanned(both, "denied");
      assert.match(both.page.data.trouble, /无法打开扫码功能/);
      await scanned(both, "cancel");
      assert.deepEqual([both.page.data.trouble, both.page.data.state, both.page.data.verdict], ["", "scan", null]);
      type(both.page, "text", ` ${codes.green}\n`);
      await both.page.judgePasted();
      assert.deepEqual([both.page.data.verdict.kind, both.page.data.text], ["green", ""]);
      await both.page.next(); // the scanner opens, and the guard goes back
      assert.deepEqual([both.page.data.state, both.page.data.verdict], ["scan", null]);
    });

    test("a full storage keeps what was held", async () => {
      const disk = new Disk();
      const both = await opened(platform, { disk });
      disk.room = 100;
      type(both.page, "thumbprint", thumbprint);
      type(both.page, "address", ADDRESS);
      await both.page.takeAddress();
      assert.match(both.page.data.taken.head, /未能保存/);
      disk.room = 10_000_000;
      await both.page.takeAddress();
      assert.equal(both.page.data.taken.done, true);
      disk.room = disk.used;
      await both.page.takeAddress();
      assert.match(both.page.data.taken.head, /未能保存/);
      assert.equal((await scanned(both, codes.green)).kind, "green");
      assert.equal((await scanned(await opened(platform, { disk }), codes.green)).kind, "green");
    });

    test("a wiped storage is a first opening, and a wiped one meanwhile says so", async () => {
      const disk = new Disk();
      const { page } = await pinned(platform, { disk });
      disk.wipe();
      await page.takeAddress();
      assert.match(page.data.taken.head, /未能保存/);
      const again = await opened(platform, { disk });
      assert.deepEqual([again.page.data.isSet, again.page.data.listsOpen, again.page.data.anchors], [false, true, []]);
    });

    test("a cut-off writing leaves what was before it", async () => {
      const disk = new Disk();
      await pinned(platform, { disk });
      const before = new Map(disk.files);
      const { page } = await opened(platform, { disk });
      await page.takeAddress();
      for (const [path, bytes] of disk.files) if (!before.has(path)) disk.files.set(path, bytes.subarray(0, bytes.length / 2));
      assert.equal((await scanned(await opened(platform, { disk }), codes.green)).kind, "green");
    });

    test("a clock that is wrong, and lists that have expired", async () => {
      const disk = new Disk();
      await pinned(platform, { disk });
      const late = await opened(platform, { disk, at: NOW - 9 * 86_400 });
      assert.equal(late.page.data.age, "clock");
      assert.equal((await scanned(late, codes.green)).kind, "cannot-judge");
      const early = await opened(platform, { disk, at: NOW + 400 * 86_400 });
      assert.equal(early.page.data.age, "expired");
      assert.match(early.page.data.ageLine, /已过期/);
      assert.deepEqual([(await scanned(early, codes.green)).kind, early.page.data.verdict.verdict], ["cannot-judge", "registry-stale"]);
    });

    test("forgetting an anchor asks first", async () => {
      const { phone, page } = await pinned(platform, {});
      const event = { currentTarget: { dataset: { anchor: "CN-33" } } };
      phone.confirms = false;
      await page.unpin(event);
      assert.equal(page.data.anchors.length, 1);
      phone.confirms = true;
      await page.unpin(event);
      assert.deepEqual([page.data.anchors, page.data.isSet], [[], false]);
    });
  });
}

describe("WeChat alone", () => {
  test("a bundle from files of a chat", async () => {
    const { phone, page } = await opened("wechat");
    type(page, "thumbprint", thumbprint);
    await page.takeFiles(); // the guard goes back
    assert.deepEqual([page.data.taken, page.data.anchors, page.data.thumbprint], [null, [], thumbprint]);
    phone.chosen = [bundle];
    await page.takeFiles();
    assert.deepEqual([page.data.taken.done, page.data.isSet, phone.requests], [true, true, []]);
  });

  test("a challenge is answered once, by the phone that scanned it", async () => {
    const both = await pinned("wechat", {});
    await both.page.ask();
    assert.match(both.page.data.challenge, /^data:image\/gif;base64,/);
    const nonce = both.phone.random;
    const answer = await holder.present(codes.bound, { at: now(), nonce });
    assert.equal((await scanned(both, await holder.present(codes.bound, { at: now() - 1 }))).verdict, "presentation-mismatch");
    assert.equal((await scanned(both, answer)).verdict, "valid");
    assert.ok(both.page.data.verdict.facts.some(({ values }) => values.some((value) => /应答/.test(value))));
    assert.equal((await scanned(both, answer)).verdict === "valid", false);
    await both.page.ask();
    assert.equal(both.page.data.challenge, "");
  });
});

test("code that a tool has rewritten for older engines still computes with BigInt", async () => {
  const folder = without("alipay", "numbers");
  for (const name of ["lib/bigint.js", "pages/gate/gate.js", "pages/gate/platform.js"]) {
    const { code } = await transform(readFileSync(join(folder, name), "utf8"), { target: "es2015" }); // ** is Math.pow there
    writeFileSync(join(folder, name), code);
  }
  assert.equal((await scanned(await pinned("alipay", { folder }), codes.green)).kind, "green");
});

test("Alipay has no challenge and no files, and says so", async () => {
  const { page } = await opened("alipay");
  assert.deepEqual([page.data.hasRandom, page.data.hasFiles], [false, false]);
  assert.match(page.data.words.mini_lacks, /随机数/);
});
