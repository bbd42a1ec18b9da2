/** Compares an identity document with the binding of a code whose holder has shown the opening (PRS-10). Nothing of it is kept. */

import { matchesBinding } from "../../lib/index.js";
import { $, make, say, language, tables } from "../common/say.js";

let judged;
let told = () => undefined;

/** @param {(isSame: boolean) => void} compared is told what the comparison gave */
export function identityForm(form, judgement, compared) {
  told = compared;
  judged = judgement?.claims?.health.binding && judgement.showing?.opening ? judgement : undefined;
  form.hidden = !judged;
  $("id-number").value = $("id-said").textContent = "";
}

$("id-type").append(...tables["document-types"].map((row) => make("option", { value: row.name }, row[language])));
$("identity").addEventListener("submit", (event) => {
  event.preventDefault();
  const number = $("id-number").value.trim().toUpperCase();
  let word;
  try {
    word = matchesBinding(judged.claims.health.binding, $("id-type").value, number, judged.showing.opening) ? "identity.same" : "identity.other";
  } catch {
    word = "identity.wrong";
  }
  $("id-said").className = `note ${word === "identity.same" ? "good" : "bad"}`;
  $("id-said").textContent = say(word);
  if (word !== "identity.wrong") told(word === "identity.same");
});
