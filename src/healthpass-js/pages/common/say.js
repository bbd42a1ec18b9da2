/** Words in the page's language, and elements without markup from anywhere. */

import { example, tables, words } from "data:words";

export const language = document.documentElement.lang === "zh" ? "zh" : "en";
export { example, tables };

/** A word of words.csv, with `{name}` replaced. */
export function say(key, values = {}, inLanguage = language) {
  const row = words[key];
  if (!row) throw new Error(`no word for ${key}`);
  return row[inLanguage].replace(/\{([a-z]+)\}/g, (_, name) => String(values[name]));
}

/** @typedef {import("data:words").Name} Name of a table of the specification */
/** @typedef {import("data:words").Row} Row */

/** A row of a table of the specification, if it has one. @param {Name} table @param {string} column @param {string | number} value @returns {Row | undefined} */
export const row = (table, column, value) => tables[table].find((one) => one[column] === String(value));

/** A row that is there. @param {Name} table @param {string} column @param {string | number} value @returns {Row} */
export function rowOf(table, column, value) {
  const found = row(table, column, value);
  if (!found) throw new Error(`no ${value} in ${table}`);
  return found;
}

/** A time of seconds, as people read it here. */
export function time(seconds) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  return date.toLocaleString(language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** A day, counted from 1970. */
export const day = (days) => new Date(days * 86_400_000).toLocaleDateString(language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeZone: "UTC" });

export const now = () => Math.floor(Date.now() / 1000);

/** @typedef {Record<"yes" | "no" | "go" | "ask" | "copy" | "done" | "remove" | "reset" | "torch" | "without" | "undo" | "example", HTMLButtonElement>} Buttons */
/** @typedef {Record<"bundle" | "address" | "picture" | "label" | "office" | "id-number" | "sound" | "vibration" | "holder" | "live", HTMLInputElement>} Inputs */
/** @typedef {Record<"place" | "color" | "id-type", HTMLSelectElement> & Record<"text" | "thumbprint", HTMLTextAreaElement>} Choices */
/** @typedef {Record<"lists" | "pin" | "paste" | "policy" | "more" | "this", HTMLDetailsElement> & {video: HTMLVideoElement}} Others */
/** @typedef {Buttons & Inputs & Choices & Others} Known */

/** The element of the page with this id. @template {string} I @param {I} id @returns {I extends keyof Known ? Known[I] : HTMLElement} */
export const $ = (id) => /** @type {any} */ (document.getElementById(id));

/** An element with attributes, and texts or elements in it: nothing is ever read as markup. */
export function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inside.filter((one) => one !== undefined && one !== null && one !== false));
  return element;
}

/** Says at the top what has gone wrong; nothing to take away what does not stay. @param {string} text @param {boolean} [stays] until the page is closed */
export function trouble(text, stays = false) {
  for (const old of document.querySelectorAll("#trouble .note:not(.stays)")) old.remove();
  if (text) $("trouble").append(make("p", { class: stays ? "note bad stays" : "note bad" }, text));
}

/** What went wrong, in words of this page where it has them. */
export function reason(error) {
  if (error?.name === "StoreError") return say("trouble.storage");
  return error?.message || String(error);
}

/** Whatever nobody expected is said too: a page that does nothing is worse. */
export function watch() {
  window.addEventListener("unhandledrejection", ({ reason: error }) => trouble(error?.name === "StoreError" ? reason(error) : say("trouble.other", { why: error?.message ?? error })));
  window.addEventListener("error", ({ error, message }) => {
    if (error?.name !== "StoreError") trouble(say("trouble.other", { why: message })); // the page has said what it cannot read
  });
}

/** Keeps the pages on the phone. */
export async function keepOffline() {
  try {
    await navigator.serviceWorker?.register(new URL("../worker.js", location.href), { scope: new URL("../", location.href).pathname });
    await navigator.serviceWorker?.ready;
    document.documentElement.dataset.offline = "ready";
  } catch {
    document.documentElement.dataset.offline = "no"; // a browser without storage: the page works while it is open
  }
}

/** Keeps the screen on while something is shown or scanned. */
export async function stayAwake() {
  try {
    return await navigator.wakeLock?.request("screen");
  } catch {
    return undefined;
  }
}
