/** Colour rules, for offices (coloring.md): `import { color, readHistory, readRules } from "healthpass/coloring"`. */

export { CallError } from "../errors.js";
export { color, isMilder } from "./color.js";
export { ColoringError } from "./error.js";
export { readHistory } from "./history.js";
export { readRules } from "./rules.js";
