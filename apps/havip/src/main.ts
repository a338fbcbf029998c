// The command line: what a daemon does (status, explain), the cloud's resources, and the tools around them.
import { Command, CommanderError } from 'commander'
import { addCheckCommand } from './check.ts'
import { addConvertCommand } from './convert.ts'
import { addDaemonCommands } from './daemon.ts'
import { addFormatCommand } from './fmt.ts'
import { addHaCommands } from './ha.ts'
import { addLspCommand } from './lsp/command.ts'
import { addNewCommand } from './new.ts'
import { addProbeCommand } from './probe.ts'
import { addApiCommand, addResourceCommands } from './resources.ts'
import { ApiError, EndpointError } from './rpc-client.ts'
import { addShellCommands } from './shell.ts'
import { addSimulateCommands } from './simulate.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

function buildProgram(): Command {
  const program = new Command('havip')
    .description('a service survives the loss of its machine by moving one IP address')
    .version(version, '-v, --version')
    .showHelpAfterError('(havip --help shows what there is)')
    .enablePositionalOptions()
    .exitOverride()
  addDaemonCommands(program)
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
  return program
}

/** Exit status: 0 done, 1 refused or failed, 2 called wrongly. */
async function main(): Promise<number> {
  try {
    await buildProgram().parseAsync()
    // A command that ends with a status of its own has set it.
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof UsageError) {
      console.error(`havip: ${error.message}`)
      return 2
    }
    if (error instanceof ApiError) {
      console.error(`havip: ${error.code}: ${error.message}${error.requestId ? ` (request ${error.requestId})` : ''}`)
      return 1
    }
    if (error instanceof EndpointError) {
      console.error(`havip: ${error.message}`)
      return 1
    }
    throw error
  }
}

process.exitCode = await main()
