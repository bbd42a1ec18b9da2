/** SHA-512 (FIPS 180-4) with numbers alone: each word of 64 bits as its high half and its low half. */

import { bytesOf, padded, words } from "../digest.js";

/** The fractions of the cube roots of the first 80 primes. @type {any} */
const K = words(
  "428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b53859f111f1b605d019923f82a4af194f9b" +
  "ab1c5ed5da6d8118d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e272be5d74f27b896f80deb1fe3b1696b1" +
  "9bdc06a725c71235c19bf174cf692694e49b69c19ef14ad2efbe4786384f25e30fc19dc68b8cd5b5240ca1cc77ac9c652de92c6f592b0275" +
  "4a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4" +
  "c6e00bf33da88fc2d5a79147930aa72506ca6351e003826f142929670a0e6e7027b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed" +
  "53380d139d95b3df650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353ba2bfe8a14cf10364a81a664bbc423001" +
  "c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b819a4c116b8d2d0c8" +
  "1e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb5b9cca4f7763e373682e6ff3d6b2b8a3" +
  "748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915" +
  "c67178f2e372532bca273eceea26619cd186b8c721c0c207eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6" +
  "113f9804bef90dae1b710b35131c471b28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c4cc5d4becb3e42b6" +
  "597f299cfc657e2a5fcb6fab3ad6faec6c44198c4a475817",
);
/** And of the square roots of the first 8. */
const START = words(
  "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b" +
  "5be0cd19137e2179",
);

/** The sum of words of 64 bits, each as its high half and its low half. @param {any} halves @returns {[number, number]} */
function sum(...halves) {
  let [high, low] = [0, 0];
  for (let i = 0; i < halves.length; i += 2) {
    high += halves[i];
    low += halves[i + 1] >>> 0;
  }
  return [(high + Math.floor(low / 0x100000000)) | 0, low | 0];
}

/** The high half of a word that is turned right by n bits, or by 32 + n with its halves exchanged. @param {number} high @param {number} low @param {number} n 1 to 31 @returns {number} */
const half = (high, low, n) => (high >>> n) | (low << (32 - n));

/** @param {Uint8Array} bytes @returns {Uint8Array} */
export function sha512(bytes) {
  const message = padded(bytes, 128);
  /** @type {any} */
  const state = START.slice();
  /** @type {any} */
  const w = new Int32Array(160);
  for (let start = 0; start < message.byteLength; start += 128) {
    for (let i = 0; i < 160; i += 2) {
      if (i < 32) {
        w[i] = message.getInt32(start + 4 * i);
        w[i + 1] = message.getInt32(start + 4 * i + 4);
        continue;
      }
      const [xh, xl, yh, yl] = [w[i - 30], w[i - 29], w[i - 4], w[i - 3]];
      const s0h = half(xh, xl, 1) ^ half(xh, xl, 8) ^ (xh >>> 7);
      const s0l = half(xl, xh, 1) ^ half(xl, xh, 8) ^ half(xl, xh, 7);
      const s1h = half(yh, yl, 19) ^ half(yl, yh, 29) ^ (yh >>> 6);
      const s1l = half(yl, yh, 19) ^ half(yh, yl, 29) ^ half(yl, yh, 6);
      const [high, low] = sum(w[i - 32], w[i - 31], s0h, s0l, w[i - 14], w[i - 13], s1h, s1l);
      w[i] = high;
      w[i + 1] = low;
    }
    /** @type {any} */
    let v = Array.from(state);
    for (let i = 0; i < 160; i += 2) {
      const [ah, al, bh, bl, ch, cl, dh, dl, eh, el, fh, fl, gh, gl, hh, hl] = v;
      const s1h = half(eh, el, 14) ^ half(eh, el, 18) ^ half(el, eh, 9);
      const s1l = half(el, eh, 14) ^ half(el, eh, 18) ^ half(eh, el, 9);
      const [oneH, oneL] = sum(hh, hl, s1h, s1l, (eh & fh) ^ (~eh & gh), (el & fl) ^ (~el & gl), K[i], K[i + 1], w[i], w[i + 1]);
      const s0h = half(ah, al, 28) ^ half(al, ah, 2) ^ half(al, ah, 7);
      const s0l = half(al, ah, 28) ^ half(ah, al, 2) ^ half(ah, al, 7);
      const first = sum(oneH, oneL, s0h, s0l, (ah & bh) ^ (ah & ch) ^ (bh & ch), (al & bl) ^ (al & cl) ^ (bl & cl));
      v = [...first, ah, al, bh, bl, ch, cl, ...sum(dh, dl, oneH, oneL), eh, el, fh, fl, gh, gl];
    }
    for (let i = 0; i < 16; i += 2) {
      const [high, low] = sum(state[i], state[i + 1], v[i], v[i + 1]);
      state[i] = high;
      state[i + 1] = low;
    }
  }
  return bytesOf(state);
}
