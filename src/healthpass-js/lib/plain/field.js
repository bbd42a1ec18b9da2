/** Numbers modulo P = 2^255 - 19 as 16 limbs of 16 bits: for engines without BigInt. Not in constant time: nothing here is secret. */

/**
 * Least significant limb first. What multiplies has limbs of -2^20 to 2^20: an intermediate sum is then below (1 + 15 * 38) *
 * 2^40 + 2^34 < 2^50 in size, and exact. After it each limb is 0 to 2^16 - 1, but the first, which is -38 to 2^16 + 37; four
 * of these added, as the formulas do at most, are below 2^19.
 * @typedef {any} Element
 */

const LIMBS = 16;
const BASE = 65_536;
const FOLD = 38; // 2^256 modulo P
const wide = new Float64Array(2 * LIMBS);

/** Faster than a typed array. @returns {Element} */
const zeros = () => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** @param {number} n 0 to 65,535 @returns {Element} */
export function small(n) {
  const element = zeros();
  element[0] = n;
  return element;
}

/** Without carrying: at most two, one in another, and then a multiplication. @param {Element} a @param {Element} b @returns {Element} */
export function add(a, b) {
  const sum = zeros();
  for (let i = 0; i < LIMBS; i++) sum[i] = a[i] + b[i];
  return sum;
}

/** Without carrying, as `add`. @param {Element} a @param {Element} b @returns {Element} */
export function subtract(a, b) {
  const difference = zeros();
  for (let i = 0; i < LIMBS; i++) difference[i] = a[i] - b[i];
  return difference;
}

/** @param {Element} a @param {Element} b @returns {Element} */
export function multiply(a, b) {
  const c = /** @type {any} */ (wide);
  for (let i = 0; i < LIMBS; i++) {
    c[i + LIMBS] = b[i];
    c[i] = FOLD * b[i]; // what overflows comes back from below
  }
  const a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5], a6 = a[6], a7 = a[7];
  const a8 = a[8], a9 = a[9], a10 = a[10], a11 = a[11], a12 = a[12], a13 = a[13], a14 = a[14], a15 = a[15];
  const product = /** @type {any} */ (zeros());
  let over = 0;
  for (let i = 0; i < LIMBS; i++) {
    const k = i + LIMBS;
    const limb = over + a0 * c[k] + a1 * c[k - 1] + a2 * c[k - 2] + a3 * c[k - 3]
      + a4 * c[k - 4] + a5 * c[k - 5] + a6 * c[k - 6] + a7 * c[k - 7]
      + a8 * c[k - 8] + a9 * c[k - 9] + a10 * c[k - 10] + a11 * c[k - 11]
      + a12 * c[k - 12] + a13 * c[k - 13] + a14 * c[k - 14] + a15 * c[k - 15];
    over = Math.floor(limb / BASE);
    product[i] = limb - over * BASE;
  }
  product[0] += FOLD * over;
  return carry(product);
}

/** Brings limbs into their range. @param {Element} a @returns {Element} the same */
function carry(a) {
  let over = 0;
  for (let i = 0; i < LIMBS; i++) {
    const limb = a[i] + over;
    over = Math.floor(limb / BASE);
    a[i] = limb - over * BASE;
    if (over === 0 && i > 1) return a;
  }
  a[0] += FOLD * over;
  return a;
}

/** a squared so many times. @param {Element} a @param {number} times @returns {Element} */
function square(a, times) {
  for (let i = 0; i < times; i++) a = multiply(a, a);
  return a;
}

/** a^(2^250 - 1). @param {Element} a @returns {Element} */
function power(a) {
  const of2 = multiply(square(a, 1), a);
  const of5 = multiply(square(multiply(square(of2, 2), of2), 1), a);
  const of10 = multiply(square(of5, 5), of5);
  const of20 = multiply(square(of10, 10), of10);
  const of40 = multiply(square(of20, 20), of20);
  const of80 = multiply(square(of40, 40), of40);
  const of240 = multiply(square(multiply(square(of80, 80), of80), 80), of80);
  return multiply(square(of240, 10), of10);
}

/** 1/a, and 0 for 0: a^(P - 2) = a^(2^255 - 21). @param {Element} a @returns {Element} */
export function invert(a) {
  const of11 = multiply(multiply(square(a, 3), square(a, 1)), a);
  return multiply(square(power(a), 5), of11);
}

/** The bytes of a, whose limbs are -2^20 to 2^20, modulo P. @param {Element} a @returns {Uint8Array} 32 bytes, least significant first */
export function toBytes(a) {
  let whole = a.slice();
  for (let round = 0; round < 4; round++) {
    let over = 0;
    for (let i = 0; i < LIMBS; i++) {
      const limb = whole[i] + over;
      over = Math.floor(limb / BASE);
      whole[i] = limb - over * BASE;
    }
    whole[0] += FOLD * over;
  }
  for (let round = 0; round < 2; round++) { // below 2^256 now, and so below 3P
    const less = whole.slice();
    let over = 0;
    for (let i = 0; i < LIMBS; i++) {
      const limb = whole[i] - (i === 0 ? 0xffed : i === LIMBS - 1 ? 0x7fff : 0xffff) + over; // a limb of P
      over = Math.floor(limb / BASE);
      less[i] = limb - over * BASE;
    }
    if (over === 0) whole = less;
  }
  return Uint8Array.from({ length: 2 * LIMBS }, (_, i) => Math.floor(whole[i >> 1] / (i % 2 === 0 ? 1 : 256)) % 256);
}

/** @param {Uint8Array} bytes 32, least significant first; the highest bit is left out @returns {Element} */
export function fromBytes(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
  const element = zeros();
  for (let i = 0; i < LIMBS; i++) element[i] = view.getUint16(2 * i, true) & (i === LIMBS - 1 ? 0x7fff : 0xffff);
  return element;
}

/** @param {Element} a @returns {boolean} */
export function isZero(a) {
  return toBytes(a).every((byte) => byte === 0);
}

/** A root of n/d; undefined where n/d is no square (RFC 8032, section 5.1.3). @param {Element} n @param {Element} d not 0 @returns {Element | undefined} */
export function rootOfRatio(n, d) {
  const d2 = square(d, 1);
  const nd3 = multiply(multiply(n, d2), d);
  const nd7 = multiply(multiply(nd3, d2), d2);
  const root = multiply(nd3, multiply(square(power(nd7), 2), nd7)); // nd³(nd⁷)^((P - 5)/8): of n/d, or of -n/d
  const product = multiply(d, square(root, 1));
  if (isZero(subtract(product, n))) return root;
  return isZero(add(product, n)) ? multiply(root, SQRT_MINUS_1) : undefined;
}

const SQRT_MINUS_1 = (() => { // 2^((P - 1)/4) = 2^(2^253 - 5)
  const two = small(2);
  return multiply(square(power(two), 3), small(8));
})();
