/** Compares an identity document with the binding of a code whose holder has shown the opening (PRS-10). Nothing of it is kept. */

import { matchesBinding } from "../../lib/index.js";
import { $, make, say, language, tables } from "../common/say.js";

/** @type {{binding: Uint8Array, opening: Uint8Array} | undefined} */
let judged;
/** @type {(isSame: boolean) => void} */
let told = () => undefined;

/** @param {HTMLElement} form @param {import("../../lib/judgement.js").Judgement | undefined} judgement @param {(isSame: boolean) => void} compared is told what the comparison gave */
export function identityForm(form, judgement, compared) {
  told = compared;
  const [binding, opening] = [judgement?.claims?.health.binding, judgement?.showing?.opening];
  judged = binding && opening && { binding, opening };
  form.hidden = !judged;
  $("id-number").value = $("id-said").textContent = "";
}

$("id-type").append(...tables["document-types"].map((row) => make("option", { value: row["name"] }, row[language])));
$("identity").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!judged) return;
  const number = $("id-number").value.trim().toUpperCase();
  let word;
  try {
    word = matchesBinding(judged.binding, $("id-type").value, number, judged.opening) ? "identity.same" : "identity.other";
  } catch {
    word = "identity.wrong";
  }
  $("id-said").className = `note ${word === "identity.same" ? "good" : "bad"}`;
  $("id-said").textContent = say(word);
  if (word !== "identity.wrong") told(word === "identity.same");
});
