/** SHA-256 (FIPS 180-4), the hash of suite 1: without a library, because every platform's own answers later. */

/** Words of 32 bits, from hexadecimal. @param {string} text @returns {Int32Array} */
export function words(text) {
  return Int32Array.from({ length: text.length / 8 }, (_, i) => Number.parseInt(text.slice(8 * i, 8 * i + 8), 16));
}

/** The message with 1, 0s and its length (section 5.1). @param {Uint8Array} bytes @param {number} block bytes @returns {DataView} */
export function padded(bytes, block) {
  const size = Math.ceil((bytes.length + 1 + block / 8) / block) * block;
  const whole = new Uint8Array(size);
  whole.set(bytes);
  whole[bytes.length] = 0x80;
  const view = new DataView(whole.buffer);
  view.setUint32(size - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(size - 4, bytes.length << 3);
  return view;
}

/** @param {ArrayLike<number>} state @returns {Uint8Array} */
export function bytesOf(state) {
  const bytes = new Uint8Array(4 * state.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < state.length; i++) view.setInt32(4 * i, /** @type {number} */ (state[i]));
  return bytes;
}

/** The fractions of the cube roots of the first 64 primes. @type {any} */
const K = words(
  "428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5d807aa9812835b01243185be550c7dc372be5d7480deb1fe" +
  "9bdc06a7c19bf174e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da983e5152a831c66db00327c8bf597fc7" +
  "c6e00bf3d5a7914706ca63511429296727b70a852e1b21384d2c6dfc53380d13650a7354766a0abb81c2c92e92722c85a2bfe8a1a81a664b" +
  "c24b8b70c76c51a3d192e819d6990624f40e3585106aa07019a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3" +
  "748f82ee78a5636f84c878148cc7020890befffaa4506cebbef9a3f7c67178f2",
);
/** And of the square roots of the first 8. */
const START = words("6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19");

/** @param {number} x @param {number} n @returns {number} */
const turn = (x, n) => (x >>> n) | (x << (32 - n));

/** @param {Uint8Array} bytes @returns {Uint8Array} */
export function sha256(bytes) {
  const message = padded(bytes, 64);
  /** @type {any} */
  const state = START.slice();
  /** @type {any} */
  const w = new Int32Array(64);
  for (let start = 0; start < message.byteLength; start += 64) {
    for (let i = 0; i < 16; i++) w[i] = message.getInt32(start + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      w[i] = (((w[i - 16] + s0) | 0) + ((w[i - 7] + s1) | 0)) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const choice = (((e & f) ^ (~e & g)) + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25))) | 0;
      const one = (((((h + K[i]) | 0) + w[i]) | 0) + choice) | 0;
      const two = (((a & b) ^ (a & c) ^ (b & c)) + (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] += value));
  }
  return bytesOf(state);
}
