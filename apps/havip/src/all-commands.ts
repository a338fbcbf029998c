// Every command there is, in the order of the help.
import type { Command } from 'commander'
import { addAdviseCommand } from './advise.ts'
import { addApiCommand } from './api-command.ts'
import { addCheckCommand } from './check.ts'
import { addCompletionCommands } from './completion.ts'
import { addConvertCommand } from './convert.ts'
import { addDaemonCommands } from './daemon.ts'
import { addEventsCommand } from './events.ts'
import { addFormatCommand } from './fmt.ts'
import { addHaCommands } from './ha.ts'
import { addLspCommand } from './lsp/command.ts'
import { addNewCommand } from './new.ts'
import { addProbeCommand } from './probe.ts'
import { addResourceCommands } from './resources.ts'
import { addShellCommands } from './shell.ts'
import { addSimulateCommands } from './simulate.ts'
import { addSwitchoverCommand } from './switchover.ts'
import { addTopCommand } from './top.ts'

export function addAllCommands(program: Command): void {
  addDaemonCommands(program)
  addSwitchoverCommand(program)
  addEventsCommand(program)
  addAdviseCommand(program)
  addTopCommand(program)
  addCheckCommand(program)
  addFormatCommand(program)
  addConvertCommand(program)
  addNewCommand(program)
  addLspCommand(program)
  addSimulateCommands(program)
  addProbeCommand(program)
  const nouns = addResourceCommands(program)
  const ecs = nouns.get('ecs')
  if (ecs) addShellCommands(ecs)
  addHaCommands(program)
  addApiCommand(program)
  addCompletionCommands(program)
}
