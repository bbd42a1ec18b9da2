/** Whether signatures are computed rightly here: build tools that rewrite code have broken such arithmetic. */

import { hex } from "../../lib/bytes.js";
import { isPublicKey, mayVerify } from "../../lib/ed25519.js";
import { PROBES } from "../../lib/engines.js";
import { equationHolds } from "../../lib/noble.js";

/** A key plus a point of order 8, 4 and 2 (SIG-1.3). */
const MIXED = [
  "9158312a9a8d6e3b34c891d6d61444f8b8211c5117ebad15bdb0bd68b07e0245",
  "ad38a8f0b22ab7ca46ecee7bbef12b5f336c182652fac34392f859dbd9666a7d",
  "16a567fe7d4ef5482ab4012c369bf8c5f11e8d0c2559dcda50fde59708f8aee5",
];

/** @returns {boolean} */
export function isRight() {
  try {
    if (MIXED.some((key) => isPublicKey(hex(key)))) return false;
    return PROBES.every(([key, message, signature, holds]) => mayVerify(key, signature) && equationHolds(key, message, signature) === holds);
  } catch {
    return false;
  }
}
