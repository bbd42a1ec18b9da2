/** Words in the language of the phone, without Intl: what ../../pages/common/say.js is for pages. */

import { tables, words } from "data:words";

export let language = "zh";

/** @param {string} tag as platforms write it: zh_CN, zh-Hans, en */
export function setLanguage(tag) {
  language = /^zh/i.test(tag) ? "zh" : "en";
}

/** A word of words.csv, with `{name}` replaced. */
export function say(key, values = {}, inLanguage = language) {
  const row = words[key];
  if (!row) throw new Error(`no word for ${key}`);
  return row[inLanguage].replace(/\{([a-z]+)\}/g, (_, name) => String(values[name]));
}

/** The words of the page, by their keys with _ for what a template cannot read. */
export function labels() {
  return Object.keys(words).reduce((all, key) => Object.assign(all, { [key.replace(/[.-]/g, "_")]: words[key][language] }), {});
}

/** A row of a table of the specification. */
export const row = (table, column, value) => tables[table].find((one) => one[column] === String(value));

const two = (number) => String(number).padStart(2, "0");

/** A time of seconds on the clock of this phone: 2026-11-05 08:30. */
export function time(seconds) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A day, counted from 1970. */
export const day = (days) => new Date(days * 86_400_000).toISOString().slice(0, 10);

export const now = () => Math.floor(Date.now() / 1000);
