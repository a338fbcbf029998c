// Where the controller is and who we are: options, then environment, then the file that the controller wrote.
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type Credentials, type RpcClient, rpcClient } from './rpc-client.ts'
import { UsageError } from './usage-error.ts'

export type ConnectionOptions = { readonly endpoint?: string; readonly credentials?: string; readonly region?: string }

const credentialPlaces = [join(homedir(), '.config', 'havip', 'credentials.json'), '/var/lib/havip/credentials.json']
export const defaultEndpoint = 'http://127.0.0.1:8380'

export function withConnection(command: Command): Command {
  return command
    .option('--endpoint <url>', `the controller (else HAVIP_ENDPOINT, else ${defaultEndpoint})`)
    .option('--credentials <file>', 'access key, a JSON file (else HAVIP_CREDENTIALS, else ~/.config/havip/credentials.json)')
    .option('--region <id>', 'region (else HAVIP_REGION, else cn-hangzhou)')
}

export const regionOf = (options: ConnectionOptions): string => options.region ?? process.env.HAVIP_REGION ?? 'cn-hangzhou'

/** @throws UsageError when there is no access key, or none that can be read */
export function connect(options: ConnectionOptions): RpcClient {
  return rpcClient(options.endpoint ?? process.env.HAVIP_ENDPOINT ?? defaultEndpoint, readCredentials(options.credentials))
}

function readCredentials(option: string | undefined): Credentials {
  const named = option ?? process.env.HAVIP_CREDENTIALS
  const path = named ?? credentialPlaces.find((place) => existsSync(place))
  if (path === undefined)
    throw new UsageError(
      `no access key: give --credentials FILE (the controller writes credentials.json into its data directory), or put it at ${credentialPlaces[0]}`,
    )
  try {
    const parsed = JSON.parse(readFileSync(path, 'utf8')) as Partial<Credentials>
    if (typeof parsed.accessKeyId === 'string' && typeof parsed.accessKeySecret === 'string')
      return { accessKeyId: parsed.accessKeyId, accessKeySecret: parsed.accessKeySecret }
  } catch (error) {
    throw new UsageError(`cannot read the access key in ${path}: ${(error as Error).message}`)
  }
  throw new UsageError(`${path} holds no accessKeyId and accessKeySecret`)
}
