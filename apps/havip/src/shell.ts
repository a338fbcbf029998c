// `havip ecs shell` and `havip ecs run`: into an instance, with a terminal or with one command.
import type { Command } from 'commander'
import { type ConnectionOptions, connect, regionOf, withConnection } from './connection.ts'
import { resolve } from './resources.ts'
import type { RpcClient } from './rpc-client.ts'
import { UsageError } from './usage-error.ts'

export function addShellCommands(ecs: Command): void {
  withConnection(ecs.command('shell <ecs>').description('open a shell in an instance (end it with exit or Ctrl-D)')).action(
    async (target: string, options: ConnectionOptions) => {
      const client = connect(options)
      process.exitCode = await openShell(client, await resolve(client, 'ecs', target, regionOf(options)))
    },
  )
  withConnection(ecs.command('run <ecs> <command...>').description('run a shell command in an instance and print what it says'))
    .option('--timeout <seconds>', 'how long it may take', '60')
    .passThroughOptions()
    .action(async (target: string, words: readonly string[], options: ConnectionOptions & { readonly timeout: string }) => {
      const client = connect(options)
      const region = regionOf(options)
      process.exitCode = await runCommand(
        client,
        region,
        await resolve(client, 'ecs', target, region),
        words.join(' '),
        Number(options.timeout),
      )
    })
}

/** Status of the shell; 255 when the connection broke. */
async function openShell(client: RpcClient, instance: string): Promise<number> {
  if (!process.stdin.isTTY) throw new UsageError('a shell needs a terminal; for one command there is: havip ecs run INSTANCE COMMAND')
  const session = await client.call('havip', 'CreateShellSession', { InstanceId: instance })
  const size = (): { columns: number; rows: number } => ({ columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 })
  const query = new URLSearchParams({ token: String(session.Token), columns: String(size().columns), rows: String(size().rows) })
  const socket = new WebSocket(`${client.endpoint.replace(/^http/, 'ws')}${String(session.Path)}?${query}`)
  socket.binaryType = 'arraybuffer'
  return await new Promise((resolveStatus) => {
    let status = 255
    const onInput = (data: Buffer): void => socket.send(new Uint8Array(data))
    const onResize = (): void => socket.send(JSON.stringify(size()))
    socket.onopen = () => {
      process.stdin.setRawMode(true)
      process.stdin.on('data', onInput)
      process.stdout.on('resize', onResize)
    }
    socket.onmessage = (message: MessageEvent) => {
      if (typeof message.data !== 'string') process.stdout.write(new Uint8Array(message.data as ArrayBuffer))
      else status = exitOf(message.data) ?? status
    }
    socket.onclose = (event) => {
      process.stdin.setRawMode(false)
      process.stdin.off('data', onInput)
      process.stdout.off('resize', onResize)
      process.stdin.pause()
      if (status === 255) console.error(`havip: the connection to the instance ended${event.reason ? `: ${event.reason}` : ''}`)
      resolveStatus(status)
    }
  })
}

function exitOf(text: string): number | undefined {
  const value = (JSON.parse(text) as { exit?: unknown }).exit
  return typeof value === 'number' ? value : undefined
}

async function runCommand(client: RpcClient, region: string, instance: string, script: string, timeoutSeconds: number): Promise<number> {
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1) throw new UsageError(`--timeout ${timeoutSeconds}: whole seconds from 1 on`)
  const started = await client.call('ecs', 'RunCommand', {
    RegionId: region,
    Type: 'RunShellScript',
    CommandContent: script,
    'InstanceId.1': instance,
    Timeout: timeoutSeconds,
  })
  const deadline = performance.now() + (timeoutSeconds + 10) * 1000
  while (performance.now() < deadline) {
    const answer = await client.call('ecs', 'DescribeInvocationResults', {
      RegionId: region,
      InvokeId: String(started.InvokeId),
      ContentEncoding: 'PlainText',
    })
    const [result] = (
      answer as {
        Invocation: {
          InvocationResults: { InvocationResult: { InvocationStatus: string; Output: string; ExitCode?: number; ErrorInfo: string }[] }
        }
      }
    ).Invocation.InvocationResults.InvocationResult
    if (result && !['Pending', 'Running'].includes(result.InvocationStatus)) {
      process.stdout.write(result.Output)
      if (result.ErrorInfo) console.error(`havip: ${result.ErrorInfo}`)
      return result.InvocationStatus === 'Success' ? 0 : result.ExitCode || 1
    }
    await new Promise((wait) => setTimeout(wait, 50))
  }
  throw new UsageError('no result in time; DescribeInvocationResults tells later')
}
