/** Says a verdict once to whoever listens, and leads keyboard and screen reader to what the guard does next. */

import { $, make } from "../common/say.js";

/** Reads out parts of the verdict, once. An element is put in anew: the same words twice are two announcements. @param {...string} parts selectors in `#verdict` */
export function announce(...parts) {
  const texts = parts.flatMap((part) => [...document.querySelectorAll(`#verdict ${part}`)].map(spoken));
  $("announce").replaceChildren(make("span", {}, texts.join(" ")));
}

/** The words of an element in the page's language; buttons say themselves. @param {Element} element */
function spoken(element) {
  const copy = /** @type {Element} */ (element.cloneNode(true));
  for (const part of copy.querySelectorAll("button, [lang]")) part.remove();
  return [...copy.querySelectorAll("p")].map((one) => one.textContent).join(" ") || copy.textContent;
}

/** To the first question, without pressing an answer; to the form for a document; or to the next person. */
export function lead() {
  const question = /** @type {HTMLElement | null} */ (document.querySelector("#verdict .policy [role=group]"));
  if (question) return question.focus();
  const isAsked = document.querySelector("#verdict .policy [data-ask=document]") && !$("identity").hidden;
  return isAsked ? $("id-type").focus() : $("go").focus({ preventScroll: true });
}
