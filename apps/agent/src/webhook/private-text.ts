// What stands in a file that a webhook needs: its secret, the certificates of its receiver. Looked at for each delivery, so that a
// new secret counts without anybody being told.
import { constants, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'

const secretLengthMin = 16
const secretBytesMax = 4096
const certificatesBytesMax = 1024 * 1024
const othersMay = 0o077

/** The text without the newlines at its end. @throws Error that says what to mend */
export async function readSecret(path: string): Promise<string> {
  const text = await readWhole(path, secretBytesMax, ({ uid, mode }) => {
    const own = process.getuid?.() ?? 0
    if (uid !== 0 && uid !== own) return `belongs to user ${uid}: chown it to ${own}`
    return (mode & othersMay) !== 0 ? 'may be read or changed by others: chmod 600' : undefined
  })
  const secret = text.replace(/[\r\n]+$/, '')
  if (secret.length < secretLengthMin)
    throw new Error(`${path} has ${secret.length} characters, a secret has ${secretLengthMin} at least: openssl rand -hex 32`)
  return secret
}

/** @throws Error */
export const readCertificates = (path: string): Promise<string> => readWhole(path, certificatesBytesMax, () => undefined)

/** @param refuse what is wrong with whose it is: asked of the open file, which cannot be exchanged meanwhile. */
async function readWhole(path: string, bytesMax: number, refuse: (stats: Stats) => string | undefined): Promise<string> {
  // A FIFO must not hold us up.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new Error(`${path} is no file`)
    if (stats.size > bytesMax) throw new Error(`${path} has more than ${bytesMax} bytes`)
    const wrong = refuse(stats)
    if (wrong !== undefined) throw new Error(`${path} ${wrong}`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
