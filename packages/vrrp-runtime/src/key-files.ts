// The keys of auth_hmac that lie in files of their own: read once at each load, so that nothing waits for a disk later.
import type { Configuration, HmacKeyConf, InstanceConf, SourceReader } from '@havip/conf'

const keyBytesMin = 32
const keyBytesMax = 64

/**
 * The configuration with every readable key as bytes. The file's content is the key, as it would be written behind `key`:
 * text, or `hex:` and digits; newlines at its end do not count. `problem` hears of each key that is dropped.
 */
export function withKeyFiles(configuration: Configuration, files: SourceReader, problem: (line: string) => void): Configuration {
  if (configuration.instances.every(({ authHmac }) => authHmac === undefined)) return configuration
  const resolve = (conf: InstanceConf): InstanceConf => {
    const { authHmac } = conf
    if (!authHmac) return conf
    const keys = authHmac.keys.flatMap((key): readonly HmacKeyConf[] => {
      const read = readKey(key, files)
      if (typeof read !== 'string') return [read]
      problem(`(${conf.name}) key ${key.id} of auth_hmac is dropped: ${read}`)
      return []
    })
    return { ...conf, authHmac: { ...authHmac, keys } }
  }
  return { ...configuration, instances: configuration.instances.map(resolve) }
}

/** The key, or what is wrong. */
function readKey(key: HmacKeyConf, files: SourceReader): HmacKeyConf | string {
  if (key.secret.kind === 'bytes') return key
  const { path } = key.secret
  const text = files.read(path)
  if (!text.ok) return `${path}: ${text.fault.kind}`
  const bytes = keyBytes(text.value.replace(/[\r\n]+$/, ''))
  if (typeof bytes === 'string') return `${path}: ${bytes}`
  if (bytes.length < keyBytesMin || bytes.length > keyBytesMax)
    return `${path} has ${bytes.length} bytes, a key has ${keyBytesMin} to ${keyBytesMax}`
  return { ...key, secret: { kind: 'bytes', bytes } }
}

function keyBytes(text: string): Uint8Array | string {
  if (!text.startsWith('hex:')) {
    return text.includes('\ufffd') ? 'bytes that are no text have to be written as hex: and digits' : new TextEncoder().encode(text)
  }
  const digits = text.slice(4)
  if (!/^([0-9a-f]{2})+$/i.test(digits)) return 'after hex: come pairs of hexadecimal digits'
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
