/** Draws a text as a QR code, alphanumeric, with error correction M. */

import qrcode from "qrcode-generator";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;

/** An image that says what it is. @param {string} text of the 45 characters @param {string} label for who does not see it */
export function draw(text, label) {
  const code = qrcode(0, "M");
  code.addData(text, "Alphanumeric");
  code.make();
  const size = code.getModuleCount();
  let path = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) if (code.isDark(y, x)) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
  }
  const svg = document.createElementNS(SVG, "svg");
  const whole = size + 2 * QUIET;
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${whole} ${whole}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" })) {
    svg.setAttribute(key, value);
  }
  const white = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({ width: whole, height: whole, fill: "#fff" })) white.setAttribute(key, String(value));
  const black = document.createElementNS(SVG, "path");
  black.setAttribute("d", path);
  black.setAttribute("fill", "#000");
  svg.append(white, black);
  return svg;
}
