/**
 * zlib and deflate (RFC 1950, RFC 1951), read strictly (STL-5.2): the platforms' inflaters ignore bytes that follow, or
 * cannot be held to a bound. Undefined for every stream that breaks a rule.
 */

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_MORE = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289,
  16385, 24577,
];
const DISTANCE_MORE = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const LENGTHS_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const WINDOW = 32_768;
const LONGEST = 15;

class Wrong extends Error {}

/** @param {unknown} holds @returns {asserts holds} */
function must(holds) {
  if (!holds) throw new Wrong();
}

/** Bits of a stream, the least significant of each byte first. */
class Bits {
  /** @param {Uint8Array} bytes @param {number} at */
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
    this.held = 0;
    this.count = 0;
  }

  /** @param {number} n up to 16 @returns {number} */
  take(n) {
    while (this.count < n) {
      must(this.at < this.bytes.length);
      this.held |= /** @type {number} */ (this.bytes[this.at++]) << this.count;
      this.count += 8;
    }
    const value = this.held & ((1 << n) - 1);
    this.held >>>= n;
    this.count -= n;
    return value;
  }

  /** Drops what is left of the byte. */
  align() {
    this.held = 0;
    this.count = 0;
  }
}

/** Counts one up, and gives the number before. @param {Uint16Array} numbers @param {number} i @returns {number} */
function add(numbers, i) {
  const before = /** @type {number} */ (numbers[i]);
  numbers[i] = before + 1;
  return before;
}

/** A Huffman code (RFC 1951, section 3.2.2). */
class Code {
  /** @param {ArrayLike<number>} lengths of each symbol, 0 for none @param {boolean} mayBeEmpty */
  constructor(lengths, mayBeEmpty) {
    this.counts = new Uint16Array(LONGEST + 1);
    for (let i = 0; i < lengths.length; i++) add(this.counts, /** @type {number} */ (lengths[i]));
    const used = lengths.length - /** @type {number} */ (this.counts[0]);
    this.counts[0] = 0;
    let left = 1;
    const offsets = new Uint16Array(LONGEST + 2);
    for (let length = 1; length <= LONGEST; length++) {
      const count = /** @type {number} */ (this.counts[length]);
      left = left * 2 - count;
      must(left >= 0);
      offsets[length + 1] = /** @type {number} */ (offsets[length]) + count;
    }
    const single = used === 1 && this.counts[1] === 1;
    must(left === 0 || single || (used === 0 && mayBeEmpty));
    this.symbols = new Uint16Array(used);
    for (let i = 0; i < lengths.length; i++) {
      const length = /** @type {number} */ (lengths[i]);
      if (length !== 0) this.symbols[add(offsets, length)] = i;
    }
  }

  /** The next symbol. @param {Bits} bits @returns {number} */
  next(bits) {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= LONGEST; length++) {
      code |= bits.take(1);
      const count = /** @type {number} */ (this.counts[length]);
      if (code - count < first) return /** @type {number} */ (this.symbols[index + code - first]);
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Wrong();
  }
}

/** @returns {[Code, Code]} */
function fixedCodes() {
  const lengths = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
  return [new Code(lengths, false), new Code(new Uint8Array(32).fill(5), false)];
}

/** The codes that stand before a block. @param {Bits} bits @returns {[Code, Code]} */
function ownCodes(bits) {
  const literals = bits.take(5) + 257;
  const distances = bits.take(5) + 1;
  must(literals <= 286 && distances <= 30);
  const orders = bits.take(4) + 4;
  const short = new Uint8Array(19);
  for (let i = 0; i < orders; i++) short[/** @type {number} */ (LENGTHS_ORDER[i])] = bits.take(3);
  const code = new Code(short, false);
  const lengths = new Uint8Array(literals + distances);
  for (let i = 0; i < lengths.length; ) {
    const symbol = code.next(bits);
    if (symbol < 16) {
      lengths[i++] = symbol;
      continue;
    }
    must(symbol !== 16 || i > 0);
    const value = symbol === 16 ? /** @type {number} */ (lengths[i - 1]) : 0;
    const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    must(i + times <= lengths.length);
    lengths.fill(value, i, (i += times));
  }
  return [new Code(lengths.subarray(0, literals), false), new Code(lengths.subarray(literals), true)];
}

/** Adler-32. @param {Uint8Array} bytes @returns {number} */
function adler32(bytes) {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length; ) {
    for (const end = Math.min(i + 3800, bytes.length); i < end; i++) {
      a += /** @type {number} */ (bytes[i]);
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return b * 65_536 + a;
}

/** What has been inflated, up to a bound. */
class Output {
  /** @param {number} most */
  constructor(most) {
    this.bytes = new Uint8Array(most);
    this.length = 0;
  }

  /** @param {Uint8Array} bytes */
  append(bytes) {
    must(this.length + bytes.length <= this.bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** @param {number} length @param {number} distance */
  repeat(length, distance) {
    must(distance <= this.length && distance <= WINDOW && this.length + length <= this.bytes.length);
    const end = this.length + length;
    if (distance === 1) this.bytes.fill(/** @type {number} */ (this.bytes[this.length - 1]), this.length, end);
    else for (let i = this.length; i < end; i++) this.bytes[i] = /** @type {number} */ (this.bytes[i - distance]);
    this.length = end;
  }
}

/** One compressed block. @param {Bits} bits @param {Output} out @param {[Code, Code]} codes */
function inflateBlock(bits, out, [literals, distances]) {
  for (;;) {
    const symbol = literals.next(bits);
    if (symbol === 256) return;
    if (symbol < 256) {
      must(out.length < out.bytes.length);
      out.bytes[out.length++] = symbol;
      continue;
    }
    must(symbol <= 285);
    const length = /** @type {number} */ (LENGTH_BASE[symbol - 257]) + bits.take(/** @type {number} */ (LENGTH_MORE[symbol - 257]));
    const far = distances.next(bits);
    must(far <= 29);
    out.repeat(length, /** @type {number} */ (DISTANCE_BASE[far]) + bits.take(/** @type {number} */ (DISTANCE_MORE[far])));
  }
}

/** One stored block. @param {Bits} bits @param {Output} out */
function copyBlock(bits, out) {
  bits.align();
  const length = bits.take(16);
  must((length ^ 0xffff) === bits.take(16));
  must(bits.at + length <= bits.bytes.length);
  out.append(bits.bytes.subarray(bits.at, (bits.at += length)));
}

/** @param {Uint8Array} stream @param {number} most @returns {Uint8Array} */
function inflateStream(stream, most) {
  const [method = 0, flags = 0] = stream;
  must(stream.length >= 2 && (method & 15) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0 && (flags & 32) === 0);
  const bits = new Bits(stream, 2);
  const out = new Output(most);
  for (let last = 0; last === 0; ) {
    last = bits.take(1);
    const type = bits.take(2);
    must(type !== 3);
    if (type === 0) copyBlock(bits, out);
    else inflateBlock(bits, out, type === 1 ? fixedCodes() : ownCodes(bits));
  }
  must(stream.length === bits.at + 4); // the Adler-32, and nothing after it
  const whole = out.bytes.slice(0, out.length);
  const check = stream.subarray(bits.at).reduce((n, byte) => n * 256 + byte, 0);
  must(check === adler32(whole));
  return whole;
}

/** What a zlib stream inflates to, if that is at most `most` bytes. @param {Uint8Array} stream @param {number} most @returns {Uint8Array | undefined} */
export function inflate(stream, most) {
  try {
    return inflateStream(stream, most);
  } catch (error) {
    if (error instanceof Wrong) return undefined;
    throw error;
  }
}
