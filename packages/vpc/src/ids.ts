// Making identities: a prefix that says the kind, and 20 letters and digits that nobody can guess or repeat.
import { type Ipv4, ipv4ToNumber, type Mac, macFromBytes } from '@havip/base'

export type IdPrefix = 'vpc' | 'vsw' | 'vrt' | 'vtb' | 'i' | 'eni' | 'sg' | 'havip' | 'eip' | 'c' | 't' | 'hatest' | 'hacl'

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz'

/** 36^20 values. `entropy` gives uniform bytes; those that would favour some letters are thrown away. */
export function randomText(length: number, entropy: (count: number) => Uint8Array): string {
  let text = ''
  while (text.length < length) {
    for (const byte of entropy(length)) {
      if (byte < 252 && text.length < length) text += alphabet[byte % 36]
    }
  }
  return text
}

/** The caller names the type of the id, which has to be the one of the prefix. */
export const newId = <Id extends string>(prefix: IdPrefix, entropy: (count: number) => Uint8Array): Id =>
  `${prefix}-${randomText(20, entropy)}` as Id

/** Locally administered, and one of a kind in its VPC because the address is. The second byte differs from VPC to VPC, mostly. */
export function macOf(address: Ipv4, salt: number): Mac {
  const number = ipv4ToNumber(address)
  return macFromBytes(Uint8Array.of(0x02, salt & 255, number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255))
}
