/** Sound and vibration, for whoever asks for them: they tell the three outcomes and the three colours apart. */

import { $ } from "../common/say.js";

const TONES = { green: [880], yellow: [660, 660], red: [440, 440, 440], "not valid": [220, 220], "cannot judge": [330, 220] }; // Hz
const SHAKES = { green: [60], yellow: [60, 80, 60], red: [60, 80, 60, 80, 60], "not valid": [400], "cannot judge": [200, 100, 60] }; // ms
const SIGNALS = /** @type {const} */ (["sound", "vibration"]);
const COLORS = ["green", "yellow", "red"];
let audio;

export async function prepareSignals(keep) {
  for (const id of SIGNALS) {
    $(id).checked = (await keep.get(id).catch(() => false)) === true;
    $(id).addEventListener("change", () => {
      void keep.put(id, $(id).checked).catch(() => undefined);
      if ($(id).checked) play("green", id);
    });
  }
  $("vibration").disabled = !navigator.vibrate;
}

function play(sort, which) {
  if (which === "vibration") {
    navigator.vibrate?.(SHAKES[sort]);
    return;
  }
  audio ??= new AudioContext();
  void audio.resume();
  TONES[sort].forEach((tone, i) => {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    const at = audio.currentTime + 0.2 * i;
    oscillator.frequency.value = tone;
    gain.gain.setValueAtTime(0.3, at);
    gain.gain.exponentialRampToValueAtTime(0.01, at + 0.16);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.16);
  });
}

export function signal(judgement) {
  const sort = judgement?.valid ? COLORS[judgement.claims.health.color] : (judgement?.outcome ?? "cannot judge");
  for (const which of SIGNALS) if ($(which).checked) play(sort, which);
}
