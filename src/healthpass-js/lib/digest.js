/** The hashes of suite 1 (FIPS 180-4), from the library that the curve comes with. */

export { sha256, sha512 } from "@noble/hashes/sha2.js";
