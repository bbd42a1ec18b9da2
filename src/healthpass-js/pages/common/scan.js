/** Reads QR codes: from the camera, from a picture. */

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { say, stayAwake } from "./say.js";

const MOST_PIXELS = 1280; // the longer side of what is searched
const PAUSE = 80; // ms between two looks
prepareZXingModule({ overrides: { locateFile: () => new URL("../zxing_reader.wasm", location.href).href } });

const canvas = document.createElement("canvas");

/** The text of the first QR code of an image or a video, or undefined. */
async function read(source, width, height, tryHarder) {
  const scale = Math.min(1, (tryHarder ? 2 : 1) * MOST_PIXELS / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const found = await readBarcodes(pixels, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 });
  return found.find((one) => one.isValid)?.text;
}

/** The text of a picture's QR code. @throws {Error} for what is no picture */
export async function readPicture(file) {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Error(say("scan.no-picture"));
  });
  try {
    return await read(picture, picture.width, picture.height, true);
  } finally {
    picture.close();
  }
}

/** A camera that looks for codes until it is stopped. */
export class Camera {
  #stream;
  #awake;
  #running = 0;
  #starts = 0;

  constructor(video, found) {
    this.video = video;
    this.found = found;
    document.addEventListener("visibilitychange", () => document.hidden && this.stop());
  }

  get on() {
    return this.#stream !== undefined;
  }

  /** @throws {Error} in words of the page, if there is no camera or it is refused */
  async start() {
    if (this.on) return this.look();
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(say("scan.no-camera"));
    const mine = ++this.#starts;
    let stream;
    try {
      const video = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
      stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      const word = { NotAllowedError: "scan.refused", NotReadableError: "scan.busy" }[error.name];
      throw new Error(say(word ?? "scan.no-camera"));
    }
    if (mine !== this.#starts) return stopTracks(stream); // somebody went on while the browser asked
    this.#stream = stream;
    this.video.srcObject = stream;
    await this.video.play().catch(() => undefined); // it was stopped meanwhile
    if (mine !== this.#starts) return undefined;
    this.#awake = await stayAwake();
    return this.look();
  }

  /** Looks until a code is found. */
  async look() {
    const mine = ++this.#running;
    let failures = 0;
    while (this.on && mine === this.#running) {
      if (this.video.readyState >= 2 && this.video.videoWidth > 0) {
        const text = await read(this.video, this.video.videoWidth, this.video.videoHeight, false).catch((error) => {
          if (++failures > 20) throw error;
        });
        if (text !== undefined && this.on && mine === this.#running) {
          this.pause();
          await this.found(text);
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** The picture stays, and nothing is looked for. */
  pause() {
    this.#running++;
  }

  stop() {
    this.pause();
    this.#starts++;
    stopTracks(this.#stream);
    this.#stream = undefined;
    this.video.srcObject = null;
    this.#awake?.release().catch(() => undefined);
    this.video.dispatchEvent(new Event("stopped"));
  }
}

function stopTracks(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
