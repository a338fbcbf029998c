// QR codes (ISO/IEC 18004): a text as a square of dark and light modules. Byte mode, error correction level M, versions 1 to 10,
// which is up to 213 bytes: enough for the key of an authenticator app.

/** For versions 1 to 10 at level M: error correction codewords of each block, and blocks. */
const correctionLengths = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26]
const blockCounts = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5]
/** Centres of the alignment patterns. */
const alignments = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]
const versionMax = 10
/** Level M in the format bits. */
const levelBits = 0

export type QrCode = { readonly size: number; readonly isDark: (x: number, y: number) => boolean }

/** @returns undefined when the text is too long */
export function encodeQr(text: string): QrCode | undefined {
  const bytes = new TextEncoder().encode(text)
  for (let version = 1; version <= versionMax; version++) {
    const data = dataCodewords(bytes, version)
    if (data) return draw(version, withCorrection(data, version))
  }
  return undefined
}

const sizeOf = (version: number): number => 17 + 4 * version

/** Modules that carry data and correction. */
function rawBits(version: number): number {
  const size = sizeOf(version)
  const patterns = alignments[version - 1]?.length ?? 0
  const aligned = patterns === 0 ? 0 : patterns * patterns - 3
  // Those on the timing lines share five modules with them.
  const alignmentModules = aligned * 25 - (patterns > 2 ? (patterns - 2) * 2 * 5 : 0)
  const versionModules = version >= 7 ? 36 : 0
  const timing = 2 * (size - 16)
  return size * size - 3 * 64 - alignmentModules - versionModules - timing - 31
}

const correctionOf = (version: number): number => correctionLengths[version - 1] ?? 0
const blocksOf = (version: number): number => blockCounts[version - 1] ?? 1
const codewordsOf = (version: number): number => Math.floor(rawBits(version) / 8)
const capacityOf = (version: number): number => codewordsOf(version) - correctionOf(version) * blocksOf(version)

/** Undefined: it does not fit into this version. */
function dataCodewords(bytes: Uint8Array, version: number): Uint8Array | undefined {
  const capacity = capacityOf(version)
  const countBits = version < 10 ? 8 : 16
  if (4 + countBits + 8 * bytes.length > 8 * capacity) return undefined
  const bits: number[] = []
  const put = (value: number, length: number): void => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >>> i) & 1)
  }
  put(0b0100, 4)
  put(bytes.length, countBits)
  for (const byte of bytes) put(byte, 8)
  put(0, Math.min(4, 8 * capacity - bits.length))
  put(0, (8 - (bits.length % 8)) % 8)
  const data = new Uint8Array(capacity)
  for (const [i, bit] of bits.entries()) data[i >> 3] = (data[i >> 3] ?? 0) | (bit << (7 - (i & 7)))
  for (let i = bits.length / 8, pad = 0xec; i < capacity; i++, pad ^= 0xec ^ 0x11) data[i] = pad
  return data
}

/** Multiplication in GF(256) over x^8 + x^4 + x^3 + x^2 + 1. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let i = 7; i >= 0; i--) product = (product << 1) ^ ((product >>> 7) * 0x11d) ^ (((b >>> i) & 1) * a)
  return product
}

/** Coefficients of (x − 1)(x − 2)(x − 4)…, without the leading 1, highest first. */
function generator(degree: number): Uint8Array {
  const result = new Uint8Array(degree)
  result[degree - 1] = 1
  let root = 1
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) result[j] = multiply(result[j] ?? 0, root) ^ (result[j + 1] ?? 0)
    root = multiply(root, 2)
  }
  return result
}

function remainder(data: Uint8Array, divisor: Uint8Array): Uint8Array {
  const result = new Uint8Array(divisor.length)
  for (const byte of data) {
    const factor = byte ^ (result[0] ?? 0)
    result.copyWithin(0, 1)
    result[result.length - 1] = 0
    for (const [i, coefficient] of divisor.entries()) result[i] = (result[i] ?? 0) ^ multiply(coefficient, factor)
  }
  return result
}

/** In blocks, interleaved: the short ones come first. */
function withCorrection(data: Uint8Array, version: number): Uint8Array {
  const blocks = blocksOf(version)
  const correction = correctionOf(version)
  const total = codewordsOf(version)
  const shortLength = Math.floor(total / blocks) - correction
  const shortBlocks = blocks - (total % blocks)
  const divisor = generator(correction)
  const parts: { readonly data: Uint8Array; readonly correction: Uint8Array }[] = []
  for (let i = 0, from = 0; i < blocks; i++) {
    const part = data.subarray(from, from + shortLength + (i < shortBlocks ? 0 : 1))
    from += part.length
    parts.push({ data: part, correction: remainder(part, divisor) })
  }
  const result: number[] = []
  for (let i = 0; i <= shortLength; i++) for (const part of parts) if (i < part.data.length) result.push(part.data[i] ?? 0)
  for (let i = 0; i < correction; i++) for (const part of parts) result.push(part.correction[i] ?? 0)
  return Uint8Array.from(result)
}

const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

function draw(version: number, codewords: Uint8Array): QrCode {
  let best: Grid | undefined
  for (const mask of masks.keys()) {
    const grid = new Grid(version)
    grid.putCodewords(codewords, masks[mask] ?? (() => false))
    grid.putFormat(mask)
    if (!best || grid.penalty() < best.penalty()) best = grid
  }
  const grid = best as Grid
  return { size: grid.size, isDark: (x, y) => grid.isDark(x, y) }
}

class Grid {
  readonly size: number
  readonly #dark: Uint8Array
  readonly #fixed: Uint8Array

  constructor(version: number) {
    this.size = sizeOf(version)
    this.#dark = new Uint8Array(this.size * this.size)
    this.#fixed = new Uint8Array(this.size * this.size)
    this.#putPatterns(version)
  }

  isDark(x: number, y: number): boolean {
    return this.#dark[y * this.size + x] === 1
  }

  #put(x: number, y: number, isDark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return
    this.#dark[y * this.size + x] = isDark ? 1 : 0
    this.#fixed[y * this.size + x] = 1
  }

  #putPatterns(version: number): void {
    const { size } = this
    for (let i = 0; i < size; i++) {
      this.#put(6, i, i % 2 === 0)
      this.#put(i, 6, i % 2 === 0)
    }
    for (const [cx, cy] of [
      [3, 3],
      [size - 4, 3],
      [3, size - 4],
    ] as const)
      for (let dy = -4; dy <= 4; dy++)
        for (let dx = -4; dx <= 4; dx++) {
          const ring = Math.max(Math.abs(dx), Math.abs(dy))
          this.#put(cx + dx, cy + dy, ring !== 2 && ring !== 4)
        }
    const places = alignments[version - 1] ?? []
    const last = places.at(-1)
    for (const cx of places)
      for (const cy of places) {
        const isCorner = (cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6)
        if (isCorner) continue
        for (let dy = -2; dy <= 2; dy++)
          for (let dx = -2; dx <= 2; dx++) this.#put(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1)
      }
    // Their place is kept; what stands there is known when the mask is.
    this.putFormat(0)
    if (version >= 7) this.#putVersion(version)
  }

  putFormat(mask: number): void {
    const { size } = this
    const data = (levelBits << 3) | mask
    let rest = data
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537)
    const bits = ((data << 10) | rest) ^ 0x5412
    const bit = (i: number): boolean => ((bits >>> i) & 1) === 1
    for (let i = 0; i <= 5; i++) this.#put(8, i, bit(i))
    this.#put(8, 7, bit(6))
    this.#put(8, 8, bit(7))
    this.#put(7, 8, bit(8))
    for (let i = 9; i < 15; i++) this.#put(14 - i, 8, bit(i))
    for (let i = 0; i < 8; i++) this.#put(size - 1 - i, 8, bit(i))
    for (let i = 8; i < 15; i++) this.#put(8, size - 15 + i, bit(i))
    this.#put(8, size - 8, true)
  }

  #putVersion(version: number): void {
    let rest = version
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25)
    const bits = (version << 12) | rest
    for (let i = 0; i < 18; i++) {
      const isDark = ((bits >>> i) & 1) === 1
      const far = this.size - 11 + (i % 3)
      const near = Math.floor(i / 3)
      this.#put(far, near, isDark)
      this.#put(near, far, isDark)
    }
  }

  /** In two columns at a time from the right, up and down in turn, leaving out the vertical timing line. */
  putCodewords(codewords: Uint8Array, mask: (x: number, y: number) => boolean): void {
    const { size } = this
    let i = 0
    for (let right = size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5
      const isUpward = ((right + 1) & 2) === 0
      for (let step = 0; step < size; step++)
        for (const x of [right, right - 1]) {
          const y = isUpward ? size - 1 - step : step
          if (this.#fixed[y * size + x] === 1) continue
          const isSet = i < 8 * codewords.length && (((codewords[i >> 3] ?? 0) >>> (7 - (i & 7))) & 1) === 1
          this.#dark[y * size + x] = isSet !== mask(x, y) ? 1 : 0
          i++
        }
    }
  }

  /** How hard it is to read: long runs, blocks, false finder patterns, imbalance. */
  penalty(): number {
    const { size } = this
    let sum = 0
    let dark = 0
    for (let a = 0; a < size; a++)
      for (const at of [(b: number) => this.isDark(b, a), (b: number) => this.isDark(a, b)]) {
        let run = 0
        for (let b = 0; b < size; b++) {
          run = b > 0 && at(b) === at(b - 1) ? run + 1 : 1
          if (run === 5) sum += 3
          else if (run > 5) sum++
        }
        const line = Array.from({ length: size }, (_, b) => (at(b) ? '1' : '0')).join('')
        sum += 40 * (line.split('10111010000').length - 1 + line.split('00001011101').length - 1)
      }
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        if (this.isDark(x, y)) dark++
        if (x === 0 || y === 0) continue
        const own = this.isDark(x, y)
        if (own === this.isDark(x - 1, y) && own === this.isDark(x, y - 1) && own === this.isDark(x - 1, y - 1)) sum += 3
      }
    return sum + 10 * Math.floor(Math.abs((dark * 20) / (size * size) - 10))
  }
}
