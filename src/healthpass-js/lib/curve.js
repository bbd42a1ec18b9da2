/** The points of edwards25519, as far as SIG-1 needs them. */

/** x and y, below P. @typedef {{x: bigint, y: bigint}} Point */

const [N0, N1, N2, N3, N5, N7] = [BigInt(0), BigInt(1), BigInt(2), BigInt(3), BigInt(5), BigInt(7)]; // old tools read no 1n
export const P = (N1 << BigInt(255)) - BigInt(19);
const D = BigInt("0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
const A = BigInt(486_662); // v² = u³ + Au² + u (RFC 7748, section 4.1)
const I = BigInt("0x2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0"); // i² = -1
const C = BigInt("0x141b0b6806563d503de05885280b59109ca5ee38d7b56c9c165db7106377bbd8"); // c² = A + 2
const IC = (I * C) % P; // v = icu/x, with x of Edwards' form (RFC 7748, section 4.1)

/** @param {bigint} x @param {number} times @returns {bigint} */
function square(x, times) {
  for (let i = 0; i < times; i++) x = (x * x) % P;
  return x;
}

/** x^(2^250 - 1), and x³ on the way there. @param {bigint} x @returns {[bigint, bigint]} */
function power(x) {
  const of2 = (square(x, 1) * x) % P;
  const of5 = (square((square(of2, 2) * of2) % P, 1) * x) % P;
  const of10 = (square(of5, 5) * of5) % P;
  const of20 = (square(of10, 10) * of10) % P;
  const of40 = (square(of20, 20) * of20) % P;
  const of80 = (square(of40, 40) * of40) % P;
  const of240 = (square((square(of80, 80) * of80) % P, 80) * of80) % P;
  return [(square(of240, 10) * of10) % P, of2];
}

/** Whether x is a fourth power, and not 0: x^((P - 1)/4) = x^(2^253 - 5) is 1. @param {bigint} x @returns {boolean} */
function isFourthPower(x) {
  const [high, cube] = power(x);
  return (square(high, 3) * cube) % P === N1;
}

/** Whether x is a square, and not 0: Jacobi's symbol is 1. @param {bigint} x @returns {boolean} */
function isSquare(x) {
  let [a, n, is] = [((x % P) + P) % P, P, true];
  while (a !== N0) {
    while ((a & N1) === N0) {
      a >>= N1;
      if ((n & N7) === N3 || (n & N7) === N5) is = !is;
    }
    [a, n] = [n, a];
    if ((a & n & N3) === N3) is = !is;
    a %= n;
  }
  return n === N1 && is;
}

/** A root of n/d; undefined where n/d is no square. @param {bigint} n @param {bigint} d not 0 @returns {bigint | undefined} */
function rootOfRatio(n, d) {
  const d2 = (d * d) % P;
  const nd3 = (((n * d2) % P) * d) % P;
  const nd7 = (((nd3 * d2) % P) * d2) % P;
  const root = (nd3 * ((square(power(nd7)[0], 2) * nd7) % P)) % P; // nd³(nd⁷)^((P - 5)/8): of n/d, or of -n/d
  for (const one of [root, (root * I) % P]) if ((d * one * one - n) % P === N0) return one;
  return undefined;
}

/** The point of an encoding that is canonical (RFC 8032, section 5.1.3). @param {bigint} number of its 32 bytes @returns {Point | undefined} */
export function decodePoint(number) {
  const isOdd = number >> BigInt(255);
  const y = number - (isOdd << BigInt(255));
  if (y >= P) return undefined;
  const y2 = y * y;
  const root = rootOfRatio((y2 + P - N1) % P, (D * y2 + N1) % P);
  if (root === undefined || (root === N0 && isOdd === N1)) return undefined;
  return { x: (root & N1) === isOdd ? root : P - root, y };
}

/**
 * Whether a point has the order L (SIG-1.3), without multiplying it by L.
 *
 * The points are a cyclic group of order 8L, so a point (u, v) of Montgomery's form passes if it is the image, under an
 * isogeny of degree 2, of a point (U, V) of order L on V² = U(U - A - 2)(U - A + 2): u is then w², and U one of the two
 * A + 2u ± 2v/w, with V = 2wU. That curve has 8L points as well, and by the Tate pairings with its points (0, 0) and (X =
 * 2c, of order 4) it is of order L exactly if U is a square and (V - (c + 2)X)² / X a fourth power, for X = U - A - 2.
 * (Koshelev, ePrint 2022/037; Pornin, ePrint 2022/1164. A test compares this with the multiplication.)
 * @param {Point} point of the curve
 * @returns {boolean}
 */
export function isOfOrderL({ x, y }) {
  const [n, d] = [N1 + y, P + N1 - y]; // u = n/d
  const w = x === N0 ? undefined : rootOfRatio(n, d); // where x is 0 the order is 1 or 2
  if (w === undefined) return false;
  // U, V and X times m = dx, so that nothing is divided.
  const m = (d * x) % P;
  const sum = A * m + N2 * n * x;
  const difference = (N2 * IC * (w * d)) % P;
  const U = (isSquare(m * (sum + difference)) ? sum + difference : sum - difference) % P;
  const X = (U - (A + N2) * m) % P;
  const line = (N2 * w * U - (C + N2) * X) % P;
  const below = (m * X) % P;
  return isFourthPower((((((line * line) % P) * below * below) % P) * below) % P + P);
}
