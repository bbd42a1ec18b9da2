/** Whether signatures are computed rightly here: build tools that rewrite code have broken such arithmetic. */

import { mayVerify } from "../../lib/ed25519.js";
import { PROBES } from "../../lib/engines.js";
import { equationHolds } from "../../lib/noble.js";

/** @returns {boolean} */
export function isRight() {
  try {
    return PROBES.every(([key, message, signature, holds]) => mayVerify(key, signature) && equationHolds(key, message, signature) === holds);
  } catch {
    return false;
  }
}
