/** Civil days of a zone: minutes by which its time is east of UTC. */

/** The civil day of a time (DEC-9, section 4 of coloring.md). @param {number} time @param {number} zone @returns {number} */
export function dayOf(time, zone) {
  return Math.floor((time + 60 * zone) / 86_400);
}

/** When a civil day starts. @param {number} day @param {number} zone @returns {number} seconds */
export function startOf(day, zone) {
  return day * 86_400 - 60 * zone;
}
