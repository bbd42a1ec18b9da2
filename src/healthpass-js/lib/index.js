/** HP1 for browsers, mini-programs and Node: judge health codes offline, show them, keep whom to trust. */

export { toHex, fromHex } from "./bytes.js";
export { isDocumentNumber, matchesBinding } from "./binding.js";
export { decide } from "./decision/decide.js";
export { bestEngine, nobleEngine, nodeEngine, webEngine } from "./engines.js";
export { readChallenge, writeChallenge } from "./enrolment.js";
export { CallError, StoreError } from "./errors.js";
export { generatePair, HolderKey } from "./holder.js";
export { Judgement } from "./judgement.js";
export { kidOf, thumbprint } from "./keys.js";
export { Memory } from "./memory.js";
export { PinnedRegistry } from "./pinned.js";
export { SlotStorage } from "./store/slots.js";
export { IndexedDBStorage, MemoryStorage } from "./store/storage.js";
export { TrustStore } from "./store/store.js";
export { verify } from "./verify.js";
