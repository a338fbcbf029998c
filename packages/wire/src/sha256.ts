// SHA-256 (FIPS 180-4), synchronous and without the platform's help: the engine runs in a browser too, where digests
// are asynchronous. For packets of some hundred bytes.

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2). */
const roundConstants = Uint32Array.from(fractions(64, Math.cbrt))
/** The same of the square roots of the first 8 primes (§5.3.3). */
const initialHash = Uint32Array.from(fractions(8, Math.sqrt))

/** A double has 52 bits behind the point at best; 32 of them are needed and the whole part takes 5 at most. */
function fractions(count: number, root: (prime: number) => number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    let isPrime = true
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) isPrime = false
    if (isPrime) found.push(Math.floor((root(candidate) % 1) * 2 ** 32))
  }
  return found
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const padded = padMessage(message, false)
  const view = new DataView(padded.buffer)
  const hash = Uint32Array.from(initialHash)
  const schedule = new Uint32Array(64)
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) schedule[i] = view.getUint32(at + 4 * i)
    for (let i = 16; i < 64; i++) {
      const far = schedule[i - 15] as number
      const near = schedule[i - 2] as number
      const mixedFar = rotate(far, 7) ^ rotate(far, 18) ^ (far >>> 3)
      const mixedNear = rotate(near, 17) ^ rotate(near, 19) ^ (near >>> 10)
      schedule[i] = (schedule[i - 16] as number) + mixedFar + (schedule[i - 7] as number) + mixedNear
    }
    compress(hash, schedule)
  }
  const digest = new Uint8Array(32)
  const out = new DataView(digest.buffer)
  for (const [i, word] of hash.entries()) out.setUint32(4 * i, word)
  return digest
}

/** One block (§6.2.2, steps 2 to 4). */
function compress(hash: Uint32Array, schedule: Uint32Array): void {
  let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g)
    const sumE = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const first = (h + sumE + choice + (roundConstants[i] as number) + (schedule[i] as number)) | 0
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const sumA = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const second = (sumA + majority) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) hash[i] = (hash[i] as number) + word
}

/** A one bit, zeros, and the length in bits as 64-bit number; whole blocks of 64 bytes. MD5 pads alike, in the other byte order. */
export function padMessage(message: Uint8Array, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(64 * Math.ceil((message.length + 9) / 64))
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  const low = (8 * message.length) >>> 0
  const high = Math.floor(message.length / 2 ** 29)
  view.setUint32(padded.length - (littleEndian ? 4 : 8), high, littleEndian)
  view.setUint32(padded.length - (littleEndian ? 8 : 4), low, littleEndian)
  return padded
}
