/** What is wrong with a rule file or a history. */

/** A rule file or a history breaks a rule of coloring.md. All of it is refused. */
export class ColoringError extends Error {
  /**
   * @param {string} rule the rule that is broken, as CLR-5.1
   * @param {string} place where, as `rules[2].ends.days`; empty for the whole
   * @param {string} expected what was expected; it holds nothing of a history
   */
  constructor(rule, place, expected) {
    super(`${place || "the whole"}: expected ${expected} (${rule})`);
    this.name = "ColoringError";
    this.rule = rule;
    this.place = place;
  }
}
