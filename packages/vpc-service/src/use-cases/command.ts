// Cloud Assistant: scripts that are stored and run inside instances. Here they are only written down; CommandRunner runs them.
import { fail, ok, type Result } from '@havip/base'
import {
  type ApiFault,
  apiFault,
  type Command,
  type CommandId,
  type InvocationId,
  type InvocationResult,
  newId,
  overallStatus,
  statusesOf,
} from '@havip/vpc'
import type {
  Answer,
  Caller,
  CreateCommand,
  DescribeInvocationResults,
  DescribeInvocations,
  InvocationView,
  InvokeCommand,
  Page,
  VpcService,
} from '../service.ts'
import type { WriteTransaction } from '../store.ts'
import { decodeBase64, utf8Size } from './base64.ts'
import { given, mutate, owned, type Parts, page, pageOf, regionFor, scopeOf } from './parts.ts'

type CommandUseCases = Pick<
  VpcService,
  'createCommand' | 'invokeCommand' | 'runCommand' | 'describeInvocationResults' | 'describeInvocations'
>

export function commandUseCases(parts: Parts): CommandUseCases {
  return {
    createCommand: (caller, input) =>
      mutate(parts, caller, 'CreateCommand', input, async ({ tx, note }) => {
        const command = newCommand(parts, caller, input, true)
        if (!command.ok) return command
        note(command.value.id)
        await tx.insert('command', command.value)
        return ok({ command: command.value.id })
      }),
    invokeCommand: (caller, input) =>
      mutate(parts, caller, 'InvokeCommand', input, async ({ tx, note }) => {
        note(input.command)
        const command = await owned<'command'>(tx, 'command', input.command, caller)
        if (!command) return fail(apiFault('InvalidCmdId.NotFound', { id: input.command }))
        return invoke(parts, caller, tx, note, command, input)
      }),
    runCommand: (caller, input) =>
      mutate(parts, caller, 'RunCommand', input, async ({ tx, note }) => {
        const command = newCommand(parts, caller, input, input.keep === true)
        if (!command.ok) return command
        note(command.value.id)
        await tx.insert('command', command.value)
        const invoked = await invoke(parts, caller, tx, note, command.value, input)
        return invoked.ok ? ok({ command: command.value.id, ...invoked.value }) : invoked
      }),
    describeInvocationResults: (caller, input) => describeInvocationResults(parts, caller, input),
    describeInvocations: (caller, input) => describeInvocations(parts, caller, input),
  }
}

const contentMax = 24 * 1024
const timeoutMax = 24 * 3600

function newCommand(parts: Parts, caller: Caller, input: CreateCommand, isKept: boolean): Result<Command, ApiFault> {
  const region = regionFor(parts, caller)
  if (!region.ok) return region
  if (input.type !== 'RunShellScript') return fail(apiFault('InvalidCmdType.NotFound', { name: input.type.slice(0, 64) }))
  const content = input.encoding === 'Base64' ? decodeBase64(input.content)?.text : input.content
  if (content === undefined || utf8Size(content) > contentMax) return fail(apiFault('CmdContent.ExceedLimit'))
  const timeoutSeconds = input.timeoutSeconds ?? 60
  if (!isTimeout(timeoutSeconds)) return fail(apiFault('InvalidParameter', { name: 'Timeout', reason: `it is 1 to ${timeoutMax} seconds` }))
  return ok({
    id: newId<CommandId>('c', parts.entropy),
    account: caller.account,
    region: region.value.id,
    createdAt: parts.clock.wallTime(),
    name: input.name ?? '',
    description: input.description ?? '',
    type: 'RunShellScript',
    content,
    directory: given(input.directory) ?? '/root',
    timeoutSeconds,
    hasParameters: input.hasParameters === true,
    isKept,
  })
}

const isTimeout = (seconds: number): boolean => Number.isInteger(seconds) && seconds >= 1 && seconds <= timeoutMax

async function invoke(
  parts: Parts,
  caller: Caller,
  tx: WriteTransaction,
  note: (id: string) => void,
  command: Command,
  input: Omit<InvokeCommand, 'command'>,
): Promise<Result<{ invocation: InvocationId }, ApiFault>> {
  const mode = given(input.repeatMode) ?? 'Once'
  if (mode !== 'Once' && mode !== 'DryRun') return fail(apiFault('InvalidRepeatMode.NotSupport', { name: mode.slice(0, 32) }))
  if (input.instances.length === 0) return fail(apiFault('MissingParameter', { name: 'InstanceId' }))
  if (input.instances.length > 100) return fail(apiFault('InstanceIds.ExceedLimit'))
  if ((input.user?.length ?? 0) > 255) return fail(apiFault('Username.ExceedLimit'))
  const timeoutSeconds = input.timeoutSeconds ?? command.timeoutSeconds
  if (!isTimeout(timeoutSeconds)) return fail(apiFault('InvalidParameter', { name: 'Timeout', reason: `it is 1 to ${timeoutMax} seconds` }))
  const invocation = newId<InvocationId>('t', parts.entropy)
  note(invocation)
  for (const id of new Set(input.instances)) {
    note(id)
    const instance = await owned<'instance'>(tx, 'instance', id, caller)
    if (!instance || instance.wanted === 'deleted') return fail(apiFault('InvalidInstance.NotFound', { id }))
    if (instance.status !== 'Running') return fail(apiFault('InvalidInstance.NotMatch', { id }))
    const builtIn = { 'acs::regionid': instance.region, 'acs::accountid': caller.account, 'acs::instanceid': id }
    const script = filledIn(command, input.parameters, builtIn)
    if (!script.ok) return script
    await tx.insert('invocationResult', {
      id: `${invocation}/${id}`,
      invocation,
      command: command.id,
      account: caller.account,
      region: command.region,
      instance: instance.id,
      createdAt: parts.clock.wallTime(),
      script: script.value,
      user: given(input.user) ?? 'root',
      directory: given(input.directory) ?? command.directory,
      timeoutSeconds,
      status: 'Pending',
      exitCode: undefined,
      output: '',
      dropped: 0,
      errorCode: '',
      errorInfo: '',
      startedAt: undefined,
      finishedAt: undefined,
    })
  }
  return mode === 'DryRun' ? fail(apiFault('DryRunOperation')) : ok({ invocation })
}

/** `{{ name }}` in the script, whatever the case, is replaced; each has to be given. */
export function filledIn(
  command: Pick<Command, 'content' | 'hasParameters'>,
  parameters: Readonly<Record<string, string>> | undefined,
  builtIn: Readonly<Record<string, string>>,
): Result<string, ApiFault> {
  const entries = Object.entries(parameters ?? {})
  if (!command.hasParameters) return entries.length > 0 ? fail(apiFault('Parameter.Disabled')) : ok(command.content)
  const values = new Map([...entries, ...Object.entries(builtIn)].map(([key, value]) => [key.toLowerCase(), String(value)]))
  let missing: string | undefined
  const script = command.content.replace(/\{\{\s*([A-Za-z0-9_:-]{1,64})\s*\}\}/g, (whole, name: string) => {
    const value = values.get(name.toLowerCase())
    if (value === undefined) missing ??= name
    return value ?? whole
  })
  return missing === undefined ? ok(script) : fail(apiFault('Parameter.NotMatched', { name: missing }))
}

const resultColumns = (caller: Caller, input: DescribeInvocationResults) => ({
  ...scopeOf(caller),
  invocation: given(input.invocation),
  command: given(input.command),
  instance: given(input.instance),
})

function describeInvocationResults(parts: Parts, caller: Caller, input: DescribeInvocationResults): Answer<Page<InvocationResult>> {
  const record = given(input.status)
  const is = { ...resultColumns(caller, input), status: record === undefined ? undefined : statusesOf(record) }
  return parts.store.read((tx) => page(tx, 'invocationResult', { is }, input.paging))
}

/** Invocations looked through for one answer, newest ones last. */
const invocationsMax = 5_000

function describeInvocations(parts: Parts, caller: Caller, input: DescribeInvocations): Answer<Page<InvocationView>> {
  return parts.store.read(async (tx) => {
    const found = await tx.find('invocationResult', { is: resultColumns(caller, input) }, { limit: invocationsMax })
    const groups = Map.groupBy(found, ({ row }) => row.invocation)
    const commands = await tx.entries('command', [...new Set(found.map(({ row }) => row.command))])
    const byId = new Map(commands.map(({ row }) => [row.id, row]))
    const views = [...groups].flatMap(([invocation, entries]): InvocationView[] => {
      const results = entries.map(({ row }) => row)
      const command = results[0] && byId.get(results[0].command)
      const isAsked = (!input.name || command?.name === input.name) && (!input.status || overallStatus(results).invoke === input.status)
      return command && isAsked ? [{ invocation, command, results }] : []
    })
    return ok(pageOf(views, input.paging))
  })
}
