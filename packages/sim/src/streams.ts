// One stream of chance for each purpose, all from the world's seed: taking one fault away leaves the other draws alone,
// so that a failing world can be made smaller.
import { type Random, seededRandom } from '@havip/base'

export type Streams = (name: string) => Random

export function streamsOf(seed: number): Streams {
  const streams = new Map<string, Random>()
  return (name) => {
    let stream = streams.get(name)
    if (!stream) {
      stream = seededRandom(hash(seed, name))
      streams.set(name, stream)
    }
    return stream
  }
}

/** FNV-1a over the seed and the name. */
function hash(seed: number, name: string): number {
  let value = 0x811c9dc5 ^ (seed >>> 0)
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193)
  return (Math.imul(value ^ (value >>> 15), 0x85ebca6b) ^ Math.floor(seed / 0x1_0000_0000)) >>> 0
}
