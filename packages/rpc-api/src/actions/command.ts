// Cloud Assistant: scripts run inside instances.
import { ok } from '@havip/base'
import { type InvocationResult, overallStatus, recordStatusOf } from '@havip/vpc'
import type { InvocationView } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import {
  answer,
  clientToken,
  eitherPageNumbers,
  eitherPageOf,
  emptyPage,
  formatOptionalTime,
  formatTime,
  inRegion,
  pageParameters,
  tokenParameters,
} from '../answer.ts'
import { flag, inert, integer, jsonMap, required, text, texts, unserved, unservedTree } from '../parameter.ts'
import { encodeText } from './instance-reads.ts'

const contentEncoding = text('PlainText or Base64, in any case; anything else counts as PlainText.', 64)
const contentMax = 64 * 1024
const atOnce = 'a command runs once, at once'
const untagged = 'commands and their runs carry no tags and are in no resource group'
const unowned = { Tag: unservedTree(untagged), ResourceGroupId: unserved(untagged) }
const script = {
  Type: required(text('RunShellScript, the only one there is here.', 64)),
  CommandContent: required(text('The script, up to 24 KB.', contentMax)),
  ContentEncoding: contentEncoding,
  Description: text('What it is for.'),
  WorkingDir: text('Where it runs; the home directory when left out.', 256),
  Timeout: integer('Seconds until it is stopped, 60 when left out.', 1, 86_400),
  EnableParameter: flag('Whether {{name}} in the script is replaced.'),
  Launcher: unserved('the shell runs it'),
  ...unowned,
}
const target = {
  // Before InstanceId: who gives it in its place is told of it, not that InstanceId is missing.
  ResourceTag: unservedTree('name the instances with InstanceId.N'),
  InstanceId: required(texts('Up to 100 instances.', 100)),
  Username: text('Who runs it; root when left out.', 255),
  Parameters: jsonMap('Values of the script’s parameters, as JSON text.'),
  RepeatMode: text('Once, the only one there is here; DryRun checks and runs nothing.', 64),
  Frequency: unserved(atOnce),
  Timed: unserved(atOnce, ['false']),
  TerminationMode: unserved('the process of the script is what is ended', ['Process']),
  ContainerId: unserved('commands do not run in containers'),
  ContainerName: unserved('commands do not run in containers'),
  WindowsPasswordName: unserved('no instance runs Windows'),
  OssOutputDelivery: unserved('there is no object storage; DescribeInvocationResults has the output'),
}

/** An encoding that is not known counts as plain text; what is left out has its own default in each action. */
const encodingOf = (given: string | undefined, whenLeftOut: 'PlainText' | 'Base64'): 'PlainText' | 'Base64' =>
  given === undefined ? whenLeftOut : given.toLowerCase() === 'base64' ? 'Base64' : 'PlainText'

const outputOf = (result: InvocationResult, encoding: 'PlainText' | 'Base64'): string =>
  encoding === 'Base64' ? encodeText(result.output) : result.output

const resultOf = (result: InvocationResult, encoding: 'PlainText' | 'Base64'): Body => ({
  InvokeId: result.invocation,
  CommandId: result.command,
  InstanceId: result.instance,
  InvocationStatus: result.status,
  InvokeRecordStatus: recordStatusOf(result.status),
  // A number is promised while it runs, too.
  ExitCode: result.exitCode ?? 0,
  Output: outputOf(result, encoding),
  Dropped: result.dropped,
  Repeats: result.startedAt === undefined ? 0 : 1,
  ErrorCode: result.errorCode,
  ErrorInfo: result.errorInfo,
  StartTime: formatOptionalTime(result.startedAt),
  FinishedTime: formatOptionalTime(result.finishedAt),
  StopTime: '',
  Username: result.user,
  TerminationMode: 'Process',
  Tags: { Tag: [] },
})

function invocationOf({ invocation, command, results }: InvocationView, encoding: 'PlainText' | 'Base64', withOutput: boolean): Body {
  const status = overallStatus(results)
  return {
    InvokeId: invocation,
    CommandId: command.id,
    CommandName: command.name,
    CommandDescription: command.description,
    CommandType: command.type,
    CommandContent: encoding === 'Base64' ? encodeText(command.content) : command.content,
    CreationTime: results[0] ? formatTime(results[0].createdAt) : formatTime(command.createdAt),
    Parameters: '{}',
    RepeatMode: 'Once',
    Timed: false,
    Frequency: '',
    Timeout: command.timeoutSeconds,
    Username: results[0]?.user ?? '',
    WorkingDir: command.directory,
    InvokeStatus: status.invoke,
    InvocationStatus: status.invocation,
    TerminationMode: 'Process',
    InvokeInstances: {
      InvokeInstance: results.map((result) => ({
        InstanceId: result.instance,
        InvocationStatus: result.status,
        InstanceInvokeStatus: recordStatusOf(result.status),
        ExitCode: result.exitCode ?? 0,
        Output: withOutput ? outputOf(result, encoding) : '',
        Dropped: result.dropped,
        Repeats: result.startedAt === undefined ? 0 : 1,
        ErrorCode: result.errorCode,
        ErrorInfo: result.errorInfo,
        CreationTime: formatTime(result.createdAt),
        StartTime: formatOptionalTime(result.startedAt),
        FinishTime: formatOptionalTime(result.finishedAt),
        StopTime: '',
        UpdateTime: formatOptionalTime(result.finishedAt ?? result.startedAt),
        Timed: false,
      })),
    },
    Tags: { Tag: [] },
  }
}

const reading = {
  ...inRegion,
  InvokeId: text('The invocation.', 64),
  InstanceId: text('The instance.', 64),
  CommandId: text('The command.', 64),
  ContentEncoding: text('How texts come back: Base64 when left out, or PlainText.', 64),
  ...unowned,
  ...pageParameters(50),
  ...tokenParameters(1, 50),
}

export const commandActions: readonly Action[] = [
  action({
    product: 'ecs',
    name: 'RunCommand',
    level: 'write',
    doc: 'Runs a script on instances at once.',
    parameters: {
      ...inRegion,
      ...script,
      ...target,
      Name: text('Name of the command.', 128),
      KeepCommand: flag('Keep it for later.'),
      ...clientToken,
    },
    errors: [
      'InvalidInstance.NotFound',
      'InvalidInstance.NotMatch',
      'InvalidCmdType.NotFound',
      'CmdContent.ExceedLimit',
      'InstanceIds.ExceedLimit',
      'Username.ExceedLimit',
      'Parameter.NotMatched',
      'InvalidRepeatMode.NotSupport',
    ],
    run: (input, { service, caller }) =>
      answer(
        service.runCommand(caller, {
          name: input.Name,
          description: input.Description,
          type: input.Type,
          content: input.CommandContent,
          encoding: encodingOf(input.ContentEncoding, 'PlainText'),
          directory: input.WorkingDir,
          timeoutSeconds: input.Timeout,
          hasParameters: input.EnableParameter,
          instances: input.InstanceId,
          parameters: input.Parameters,
          user: input.Username,
          repeatMode: input.RepeatMode,
          keep: input.KeepCommand,
        }),
        ({ command, invocation }) => ({ CommandId: command, InvokeId: invocation }),
      ),
  }),
  action({
    product: 'ecs',
    name: 'CreateCommand',
    level: 'write',
    doc: 'Keeps a script to be run later.',
    parameters: { ...inRegion, ...script, Name: required(text('Name of the command.', 128)), ...clientToken },
    errors: ['InvalidCmdType.NotFound', 'CmdContent.ExceedLimit'],
    run: (input, { service, caller }) =>
      answer(
        service.createCommand(caller, {
          name: input.Name,
          description: input.Description,
          type: input.Type,
          content: input.CommandContent,
          encoding: encodingOf(input.ContentEncoding, 'Base64'),
          directory: input.WorkingDir,
          timeoutSeconds: input.Timeout,
          hasParameters: input.EnableParameter,
        }),
        ({ command }) => ({ CommandId: command }),
      ),
  }),
  action({
    product: 'ecs',
    name: 'InvokeCommand',
    level: 'write',
    doc: 'Runs a kept script on instances.',
    parameters: {
      ...inRegion,
      CommandId: required(text('The command.', 64)),
      ...target,
      WorkingDir: script.WorkingDir,
      Timeout: script.Timeout,
      Launcher: script.Launcher,
      ...unowned,
      ...clientToken,
    },
    errors: ['InvalidCmdId.NotFound', 'InvalidInstance.NotFound', 'InvalidInstance.NotMatch', 'Parameter.NotMatched', 'Parameter.Disabled'],
    run: (input, { service, caller }) =>
      answer(
        service.invokeCommand(caller, {
          command: input.CommandId,
          instances: input.InstanceId,
          parameters: input.Parameters,
          user: input.Username,
          directory: input.WorkingDir,
          timeoutSeconds: input.Timeout,
          repeatMode: input.RepeatMode,
        }),
        ({ invocation }) => ({ InvokeId: invocation }),
      ),
  }),
  action({
    product: 'ecs',
    name: 'DescribeInvocationResults',
    level: 'read',
    doc: 'Lists runs of scripts with exit status and output.',
    parameters: {
      ...reading,
      InvokeRecordStatus: text('Running, Finished or Failed.', 64),
      IncludeHistory: inert('each command runs once'),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = eitherPageOf(input)
      const encoding = encodingOf(input.ContentEncoding, 'Base64')
      return answer(
        service.describeInvocationResults(caller, {
          invocation: input.InvokeId,
          command: input.CommandId,
          instance: input.InstanceId,
          status: input.InvokeRecordStatus,
          paging,
        }),
        // The paging numbers are inside, unlike in all other answers.
        (page) => ({
          Invocation: {
            ...eitherPageNumbers(page, paging),
            InvocationResults: { InvocationResult: page.items.map((result) => resultOf(result, encoding)) },
          },
        }),
      )
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeInvocations',
    level: 'read',
    doc: 'Lists invocations, with the runs on each instance.',
    parameters: {
      ...reading,
      CommandName: text('Name of the command.', 128),
      InvokeStatus: text('Running, Finished, PartialFailed or Failed.', 64),
      CommandType: text('RunShellScript is what there is here.', 64),
      RepeatMode: text('Once is what there is here.', 64),
      Timed: flag('Only those that run by a timetable; none does here.'),
      IncludeOutput: flag('Whether output is in the answer.'),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = eitherPageOf(input)
      const encoding = encodingOf(input.ContentEncoding, 'Base64')
      const matchesNothing =
        (input.CommandType ?? 'RunShellScript') !== 'RunShellScript' || (input.RepeatMode ?? 'Once') !== 'Once' || input.Timed === true
      const found = matchesNothing
        ? Promise.resolve(emptyPage)
        : service.describeInvocations(caller, {
            invocation: input.InvokeId,
            command: input.CommandId,
            instance: input.InstanceId,
            status: input.InvokeStatus,
            name: input.CommandName,
            paging,
          })
      return answer(found, (page) => ({
        ...eitherPageNumbers(page, paging),
        Invocations: { Invocation: page.items.map((view) => invocationOf(view, encoding, input.IncludeOutput === true)) },
      }))
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeCloudAssistantStatus',
    level: 'read',
    doc: 'Says whether scripts can be run on instances: on those that run.',
    parameters: {
      ...inRegion,
      InstanceId: texts('Up to 100 instances.', 100),
      OSType: text('Linux or Windows; all here are Linux.', 64),
      ...pageParameters(50),
      ...tokenParameters(1, 50),
    },
    errors: [],
    run: async (input, { service, caller }) => {
      const paging = eitherPageOf(input)
      const isLinux = (input.OSType ?? 'linux').toLowerCase() === 'linux'
      const found = isLinux ? await service.describeInstances(caller, { ids: input.InstanceId, paging }) : emptyPage
      if (!found.ok) return found
      return ok({
        ...eitherPageNumbers(found.value, paging),
        InstanceCloudAssistantStatusSet: {
          InstanceCloudAssistantStatus: found.value.items.map((instance) => ({
            InstanceId: instance.id,
            // A text, not a truth value.
            CloudAssistantStatus: String(instance.status === 'Running'),
            CloudAssistantVersion: '1.0.0',
            LastHeartbeatTime: '',
            LastInvokedTime: '',
            InvocationCount: 0,
            ActiveTaskCount: 0,
            OSType: 'Linux',
          })),
        },
      })
    },
  }),
]
