// Which installation this host obeys, and the latest of its terms: in the state directory, beside the disks that it protects.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Claim, PlaneError } from '@havip/vpc-service'

export class MasterFile {
  readonly #path: string
  #claim: Claim | undefined

  /** @throws Error when there is a file that cannot be read: whose the host is must not be guessed. */
  constructor(path: string) {
    this.#path = path
    this.#claim = readClaim(path)
  }

  get claim(): Claim | undefined {
    return this.#claim
  }

  /** @throws PlaneError when the host obeys another installation (unless `adopt`), or a later term of this one. */
  take(claim: Claim, adopt: boolean): void {
    const now = this.#claim
    const isOurs = now?.installation === claim.installation
    if (now && !isOurs && !adopt)
      throw new PlaneError('The host belongs to another installation.', `${claim.installation} asks, ${now.installation} has it`)
    if (now && isOurs && now.term > claim.term)
      throw new PlaneError('Another controller has taken over.', `term ${claim.term} asks, ${now.term} was seen`)
    if (isOurs && now?.term === claim.term) return
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    writeFileSync(`${this.#path}.new`, `${JSON.stringify(claim)}\n`, { flush: true })
    renameSync(`${this.#path}.new`, this.#path)
    this.#claim = claim
  }
}

function readClaim(path: string): Claim | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { installation, term } = JSON.parse(text) as Partial<Claim>
  if (typeof installation !== 'string' || typeof term !== 'number') throw new Error(`${path} does not say whom this host obeys`)
  return { installation, term }
}
