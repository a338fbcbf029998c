// Script values: the rest of a line becomes command, user and group; the command becomes program and arguments (reference 1.1).

/** One word of a script line, still with its escapes; offsets within the text that was cut. */
export type CommandWord = { readonly text: string; readonly start: number; readonly end: number }
export type CommandFault = 'unterminated-quote'

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t'

/**
 * First step: both kinds of quotes group, neighbouring pieces join, a backslash keeps itself and the next character.
 */
export function cutCommandLine(text: string, fault: (fault: CommandFault) => void): CommandWord[] {
  const words: CommandWord[] = []
  let i = 0
  while (i < text.length) {
    if (isBlank(text[i])) {
      i++
      continue
    }
    const start = i
    let word = ''
    while (i < text.length && !isBlank(text[i])) {
      const char = text[i] as string
      if (char === '"' || char === "'") {
        const end = text.indexOf(char, i + 1)
        if (end < 0) fault('unterminated-quote')
        word += text.slice(i + 1, end < 0 ? text.length : end)
        i = end < 0 ? text.length : end + 1
      } else if (char === '\\' && i + 1 < text.length) {
        word += text.slice(i, i + 2)
        i += 2
      } else {
        word += char
        i++
      }
    }
    words.push({ text: word, start, end: i })
  }
  return words
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** Second step: blanks separate, quotes group, escapes are resolved. */
export function cutArguments(command: string, fault: (fault: CommandFault) => void): string[] {
  const argv: string[] = []
  let i = 0
  while (i < command.length) {
    if (isBlank(command[i])) {
      i++
      continue
    }
    let word = ''
    let quote: string | undefined
    while (i < command.length && (quote !== undefined || !isBlank(command[i]))) {
      const char = command[i] as string
      if (quote !== undefined && char === quote) {
        quote = undefined
        i++
      } else if (quote === undefined && (char === '"' || char === "'")) {
        quote = char
        i++
      } else if (char === '\\' && i + 1 < command.length) {
        const resolved = readEscape(command, i + 1)
        word += resolved.value
        i = resolved.next
      } else {
        word += char
        i++
      }
    }
    if (quote !== undefined) fault('unterminated-quote')
    argv.push(word)
  }
  return argv
}

function readEscape(text: string, at: number): { readonly value: string; readonly next: number } {
  const char = text[at] as string
  const simple = SIMPLE_ESCAPES[char]
  if (simple !== undefined) return { value: simple, next: at + 1 }
  const octal = /^[0-7]{1,3}/.exec(text.slice(at, at + 3))
  if (octal) return { value: String.fromCharCode(Number.parseInt(octal[0], 8) & 255), next: at + octal[0].length }
  const hex = /^x([0-9a-f]{1,2})/i.exec(text.slice(at, at + 3))
  if (hex && char === 'x') return { value: String.fromCharCode(Number.parseInt(hex[1] as string, 16)), next: at + hex[0].length }
  if (char === 'c' && at + 1 < text.length) return { value: String.fromCharCode(text.charCodeAt(at + 1) & 0x1f), next: at + 2 }
  return { value: char, next: at + 1 }
}
