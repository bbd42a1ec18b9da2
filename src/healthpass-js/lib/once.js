/** What is found out once: and again, if finding it failed. */

/**
 * The answer of this name; a Promise that is rejected is not kept, because what failed once may work the next time.
 * @template K @param {Map<string, K>} known @param {string} name @param {() => K} find
 * @returns {K}
 */
export function once(known, name, find) {
  let answer = known.get(name);
  if (answer === undefined) {
    answer = find();
    known.set(name, answer);
    Promise.resolve(answer).catch(() => known.delete(name));
  }
  return answer;
}
