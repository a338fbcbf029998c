// `havip completion bash|zsh|fish`: what a shell needs to complete every word of the command line. The script asks `havip complete`,
// which looks at the commands themselves and at the action table, so that nothing is listed twice.
import { describeActions } from '@havip/rpc-api'
import { Argument, type Command, type Option } from 'commander'
import { wireNames } from './api-command.ts'

type Candidate = { readonly value: string; readonly what: string }

const scripts = {
  bash: `# havip completion bash > /etc/bash_completion.d/havip
_havip() {
  local IFS=$'\\n'
  COMPREPLY=($(havip complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _havip havip
`,
  zsh: `#compdef havip
# havip completion zsh > /usr/share/zsh/site-functions/_havip
_havip() {
  local -a found values texts
  found=("\${(@f)$(havip complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $found; do
    [[ -n $line ]] || continue
    values+=("\${line%%$'\\t'*}")
    texts+=("\${line/$'\\t'/  }")
  done
  if (( $#values )); then compadd -d texts -a values; else _files; fi
}
compdef _havip havip
`,
  fish: `# havip completion fish > ~/.config/fish/completions/havip.fish
complete -c havip -a '(set -l words (commandline -opc) (commandline -ct); havip complete -- $words[2..] 2>/dev/null)'
`,
} as const

export function addCompletionCommands(program: Command): void {
  program
    .command('completion')
    .description('print the script that makes a shell complete the words of havip')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(scripts)))
    .action((shell: keyof typeof scripts) => console.log(scripts[shell].trimEnd()))
  program
    .command('complete [words...]', { hidden: true })
    .allowUnknownOption()
    .passThroughOptions()
    .action((words: readonly string[]) => {
      for (const { value, what } of candidates(program, words)) console.log(what === '' ? value : `${value}\t${what}`)
    })
}

/** What the last of the words, which may be empty or begun, can become. None: let the shell offer files. */
export function candidates(program: Command, words: readonly string[]): readonly Candidate[] {
  const begun = words.at(-1) ?? ''
  const { command, operands, waiting } = walk(program, words.slice(0, -1))
  return possible(command, operands, waiting, begun).filter(({ value }) => value.startsWith(begun))
}

type Walk = { readonly command: Command; readonly operands: readonly string[]; readonly waiting: Option | undefined }

/** Follows the words before: into which command they lead, and whether an option still waits for its value. */
function walk(program: Command, words: readonly string[]): Walk {
  let command = program
  let operands: string[] = []
  let waiting: Option | undefined
  for (const word of words) {
    if (waiting) waiting = undefined
    else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => word === long || word === short)
      if (option && (option.required || option.optional)) waiting = option
      else if (command.name() === 'api') operands.push(word)
    } else {
      const inner = operands.length === 0 ? command.commands.find((one) => one.name() === word || one.aliases().includes(word)) : undefined
      if (inner) {
        command = inner
        operands = []
      } else operands.push(word)
    }
  }
  return { command, operands, waiting }
}

function possible(command: Command, operands: readonly string[], waiting: Option | undefined, begun: string): readonly Candidate[] {
  if (waiting) return named(waiting.argChoices ?? [])
  const [action] = operands
  if (command.name() === 'api' && action !== undefined) return parametersOf(action, operands.slice(1), command)
  if (begun.startsWith('-')) return optionsOf(command)
  if (command.name() === 'api') return describeActions().map(({ name, doc }) => ({ value: name, what: doc }))
  const choices = command.registeredArguments[operands.length]?.argChoices ?? []
  const inner = operands.length === 0 ? command.commands.filter((one) => !isHidden(one)) : []
  return [...inner.map((one) => ({ value: one.name(), what: one.description() })), ...named(choices)]
}

const named = (values: readonly string[]): readonly Candidate[] => values.map((value) => ({ value, what: '' }))
/** Commander keeps it to itself. */
const isHidden = (command: Command): boolean => (command as unknown as { readonly _hidden?: boolean })._hidden === true

const optionsOf = (command: Command): readonly Candidate[] =>
  [...command.options.filter(({ hidden }) => !hidden), { long: '--help', description: 'help for this command' }].flatMap(
    ({ long, description }) => (long ? [{ value: long, what: description }] : []),
  )

/** Parameters of an action, each list with the next number; or the values of the one that was just named. */
function parametersOf(name: string, given: readonly string[], command: Command): readonly Candidate[] {
  const actions = describeActions().filter((one) => one.name === name)
  const all = actions.flatMap((one) => one.parameters)
  const last = given.at(-1)
  const isName = last?.startsWith('--') === true && given.filter((word) => word.startsWith('--')).length * 2 > given.length
  if (isName) {
    const parameter = all.find((one) => wireNames(one).some((wire) => sameName(wire, (last as string).slice(2))))
    return named(parameter?.values ?? (parameter?.kind === 'boolean' ? ['true', 'false'] : []))
  }
  const names = all.flatMap((parameter) =>
    wireNames(parameter).map((wire) => ({ value: `--${nextNumber(wire, given)}`, what: parameter.doc })),
  )
  return [...names.filter(({ value }) => !given.includes(value)), ...optionsOf(command)]
}

const sameName = (wire: string, given: string): boolean => wire.replaceAll('.N', '.#') === given.replace(/\.\d+/g, '.#')

/** `Tag.N.Key` becomes `Tag.2.Key` when `--Tag.1.Key` stands there already. */
function nextNumber(wire: string, given: readonly string[]): string {
  if (!wire.includes('.N')) return wire
  for (let number = 1; ; number++) {
    const name = wire.replace('.N', `.${number}`).replaceAll('.N', '.1')
    if (!given.includes(`--${name}`)) return name
  }
}
