/** Reads QR codes: from the camera, from a picture. */

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { $, say, stayAwake } from "./say.js";

const MOST_PIXELS = 1280; // the longer side of what is searched
const MOST_PICTURE = 100_000_000; // pixels of a picture: 400 MB once it is unpacked
const PAUSE = 80; // ms between two looks
const GONE = 6; // looks without a code, after which the same text is another showing
const OURS = /^(HPP?[1-9][0-9]*|HPE1|HPC1):/;
prepareZXingModule({ overrides: { locateFile: () => new URL("../zxing_reader.wasm", location.href).href } });

const canvas = document.createElement("canvas");

/** A picture or a camera shows several codes, and nobody can say which one is meant. */
class SeveralError extends Error {}

/**
 * The text of the QR code of an image or a video, or undefined. A code of another kind beside it, on a poster, does not count.
 * @param {CanvasImageSource} source @param {number} width @param {number} height @param {number} most the longer side of what is searched
 * @returns {Promise<string | undefined>}
 * @throws {SeveralError}
 */
async function read(source, width, height, most) {
  const scale = Math.min(1, most / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error(say("scan.no-picture"));
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const found = await readBarcodes(pixels, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 8 });
  const texts = [...new Set(found.filter((one) => one.isValid).map((one) => one.text))];
  const ours = texts.filter((text) => OURS.test(text));
  if (ours.length > 1) throw new SeveralError(say("scan.several"));
  return ours[0] ?? texts[0];
}

/** The text of a picture's QR code. @param {File} file @throws {Error} in words, for what is no picture, is too large, or shows several codes */
export async function readPicture(file) {
  if (file.type.includes("svg")) throw new Error(say("scan.no-picture")); // a program more than a picture
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => Object.assign(picture, { onload: resolve, onerror: reject })).catch(() => {
      throw new Error(say("scan.no-picture"));
    });
    const [width, height] = [picture.naturalWidth, picture.naturalHeight];
    if (!width || !height) throw new Error(say("scan.no-picture"));
    if (width * height > MOST_PICTURE) throw new Error(say("scan.huge"));
    return await read(picture, width, height, 2 * MOST_PIXELS);
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}

/** A camera that looks for codes until it is stopped. It works on `#video`, `#torch` and `#scan-said`. */
export class Camera {
  /** @type {MediaStream | undefined} */
  #stream;
  /** @type {WakeLockSentinel | undefined} */
  #awake;
  #running = 0;
  #starts = 0;
  /** @type {string | undefined} what was found last, while it may still be in view */
  #last;

  /** @param {(text: string) => unknown} found */
  constructor(found) {
    this.video = $("video");
    this.found = found;
    document.addEventListener("visibilitychange", () => document.hidden && this.stop());
    $("torch").addEventListener("click", () => void this.#light($("torch").getAttribute("aria-pressed") !== "true"));
  }

  get on() {
    return this.#stream !== undefined;
  }

  /** @returns {Promise<void>} @throws {Error} in words of the page, if there is no camera or it is refused */
  async start() {
    if (this.on) return this.look();
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(say("scan.no-camera"));
    const mine = ++this.#starts;
    let stream;
    try {
      const video = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
      stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      const words = { NotAllowedError: "scan.refused", NotReadableError: "scan.busy" };
      throw new Error(say(words[/** @type {keyof typeof words} */ (/** @type {Error} */ (error).name)] ?? "scan.no-camera"));
    }
    if (mine !== this.#starts) return stopTracks(stream); // somebody went on while the browser asked
    this.#stream = stream;
    this.#last = undefined;
    stream.getVideoTracks()[0]?.addEventListener("ended", () => this.#stream === stream && this.stop()); // it was pulled out
    this.video.srcObject = stream;
    await this.video.play().catch(() => undefined); // it was stopped meanwhile
    if (mine !== this.#starts) return undefined;
    $("torch").hidden = !hasTorch(stream);
    this.#awake = await stayAwake();
    return this.look();
  }

  /** Looks until a code is found that was not in view before. */
  async look() {
    const mine = ++this.#running;
    let failures = 0;
    let gone = 0;
    while (this.on && mine === this.#running) {
      if (this.video.readyState >= 2 && this.video.videoWidth > 0) {
        const text = await read(this.video, this.video.videoWidth, this.video.videoHeight, MOST_PIXELS).catch((error) => {
          if (error instanceof SeveralError) return this.#tell("scan.several");
          if (++failures > 20) throw error;
          return undefined;
        });
        if (!this.on || mine !== this.#running) return;
        gone = text === undefined ? gone + 1 : 0;
        if (gone >= GONE) this.#last = this.#tell("");
        if (text !== undefined && text === this.#last) this.#tell("scan.same");
        else if (text !== undefined) {
          this.#tell("");
          this.#last = text;
          this.pause();
          await this.found(text);
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** Says what keeps the camera from going on, once. @param {string} word @returns {undefined} */
  #tell(word) {
    const text = word && say(word);
    if ($("scan-said").textContent !== text) $("scan-said").textContent = text;
  }

  /** @param {boolean} isOn */
  async #light(isOn) {
    const constraints = /** @type {MediaTrackConstraints} */ ({ advanced: [/** @type {MediaTrackConstraintSet} */ ({ torch: isOn })] });
    await this.#stream?.getVideoTracks()[0]?.applyConstraints(constraints).catch(() => (isOn = false));
    $("torch").setAttribute("aria-pressed", String(isOn));
  }

  /** The picture stays, and nothing is looked for. */
  pause() {
    this.#running++;
  }

  stop() {
    this.pause();
    this.#starts++;
    stopTracks(this.#stream); // the light goes out with it
    this.#stream = undefined;
    this.video.srcObject = null;
    $("torch").hidden = true;
    $("torch").setAttribute("aria-pressed", "false");
    this.#tell("");
    this.#awake?.release().catch(() => undefined);
    this.#awake = undefined;
    this.video.dispatchEvent(new Event("stopped"));
  }
}

/** Whether the camera has a light. @param {MediaStream} stream */
function hasTorch(stream) {
  const able = /** @type {MediaTrackCapabilities & {torch?: boolean}} */ (stream.getVideoTracks()[0]?.getCapabilities?.() ?? {});
  return able.torch === true;
}

/** @param {MediaStream | undefined} stream */
function stopTracks(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
