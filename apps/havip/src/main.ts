// The command line: what a daemon does (status, explain), the cloud's resources, and the tools around them.
import { Command, CommanderError } from 'commander'
import { ApiError, EndpointError } from './rpc-errors.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

/** What is run at each save or in a loop is loaded alone; the API's client and the simulator cost a quarter of a second. */
const commandsAlone: Readonly<Record<string, (program: Command) => Promise<void>>> = {
  check: async (program) => (await import('./check.ts')).addCheckCommand(program),
  fmt: async (program) => (await import('./fmt.ts')).addFormatCommand(program),
  status: async (program) => (await import('./daemon.ts')).addDaemonCommands(program),
  switchover: async (program) => (await import('./switchover.ts')).addSwitchoverCommand(program),
  events: async (program) => (await import('./events.ts')).addEventsCommand(program),
  top: async (program) => (await import('./top.ts')).addTopCommand(program),
  advise: async (program) => (await import('./advise.ts')).addAdviseCommand(program),
}
const addAllCommands = async (program: Command): Promise<void> => (await import('./all-commands.ts')).addAllCommands(program)

async function buildProgram(word: string | undefined): Promise<Command> {
  const program = new Command('havip')
    .description('a service survives the loss of its machine by moving one IP address')
    .version(version, '-v, --version')
    .showHelpAfterError('(havip --help shows what there is)')
    .enablePositionalOptions()
    .exitOverride()
  await (commandsAlone[word ?? ''] ?? addAllCommands)(program)
  return program
}

/** Exit status: 0 done, 1 refused or failed, 2 called wrongly. */
async function main(): Promise<number> {
  try {
    await (await buildProgram(process.argv[2])).parseAsync()
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

void main().then((status) => {
  process.exitCode = status
})
