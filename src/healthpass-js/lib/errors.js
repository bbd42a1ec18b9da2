/** The errors of the module: a refusal of what was read, and a call as nobody may call it. */

/**
 * What was read breaks a rule. `word` is the verdict of a code, or the outcome of a document. It never leaves the module,
 * and is no Error: a flood of documents would pay for a stack trace each.
 */
export class Refusal {
  /** @param {string} word */
  constructor(word) {
    this.word = word;
  }
}

/** The caller gave what nobody may give: it says nothing of the code (VER-12, VER-4, VER-8). */
export class CallError extends Error {
  /** @param {string} message what was given, what is expected */
  constructor(message) {
    super(message);
    this.name = "CallError";
  }
}

/** A storage could not be read or written (UPD-1.2, UPD-11). */
export class StoreError extends Error {
  /** @param {string} message @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, { cause });
    this.name = "StoreError";
  }
}

/**
 * The statement before the arrow holds, or the word after it is the answer.
 * @param {unknown} holds @param {string} word @returns {asserts holds}
 */
export function need(holds, word) {
  if (!holds) throw new Refusal(word);
}
