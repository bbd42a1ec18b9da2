/** Ids of regions and issuers (RGN-1 to RGN-3). */

const REGION = /^(?:CN(?:-(?!00)[0-9]{2}){0,3}|(?!CN)[A-Z]{2}(?:-[A-Z0-9]{1,8}){0,3})$/;
const OFFICE = /^[A-Z0-9]{1,8}$/;

/** @param {unknown} value @returns {value is string} */
export function isRegionId(value) {
  return typeof value === "string" && REGION.test(value);
}

/** @param {unknown} value @returns {value is string} */
export function isIssuerId(value) {
  if (typeof value !== "string") return false;
  const dot = value.indexOf(".");
  return dot < 0 ? isRegionId(value) : isRegionId(value.slice(0, dot)) && OFFICE.test(value.slice(dot + 1));
}

/** The region of an issuer id. @param {string} issuer @returns {string} */
export function regionOf(issuer) {
  return issuer.split(".", 1)[0] ?? "";
}

/** Whether a region lies within another (RGN-2). @param {string} region @param {string} other @returns {boolean} */
export function isWithin(region, other) {
  return region === other || region.startsWith(`${other}-`);
}

/** The most specific of the ids that hold the region. @param {string} region @param {Iterable<string>} ids @returns {string | undefined} */
export function nearest(region, ids) {
  /** @type {string | undefined} */
  let best;
  for (const id of ids) if (isWithin(region, id) && (best === undefined || id.length > best.length)) best = id;
  return best;
}
