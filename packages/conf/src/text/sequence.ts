// `~SEQ(…)` and `~LST(…)`: one line, read once for each value of a parameter (reference 1.7).
import { fail, ok, type Result } from '@havip/base'

/** What is set before each reading of the rest of the line. */
export type SequenceStep = readonly { readonly name: string; readonly value: string }[]
export type Sequence = { readonly steps: readonly SequenceStep[] /** Where the rest of the line begins. */; readonly restAt: number }

/** More values than this are refused: the line would be read too often. */
export const SEQUENCE_VALUES_MAX = 65536

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const HEAD = /^~(SEQx?|LST)\(/

export const isSequence = (text: string): boolean => HEAD.test(text)

/**
 * @param substitute replaces the parameters within the parentheses.
 * @returns the values to go through, or a sentence that says what is wrong.
 */
export function readSequence(text: string, substitute: (inner: string) => string): Result<Sequence, string> {
  const head = HEAD.exec(text)
  const close = head ? closingParenthesis(text, head[0].length) : -1
  if (!head || close < 0) return fail('the closing parenthesis is missing')
  const inner = substitute(text.slice(head[0].length, close))
  const steps = head[1] === 'LST' ? listSteps(inner) : numberSteps(inner, head[1] === 'SEQx')
  return steps.ok ? ok({ steps: steps.value, restAt: close + 1 }) : steps
}

function closingParenthesis(text: string, from: number): number {
  return text.indexOf(')', from)
}

/** C notation: decimal, `0x`, leading 0 octal. */
function cNumber(text: string): number | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.exec(text)
  if (!match) return undefined
  const digits = match[2] as string
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  return match[1] === '-' ? -value : value
}

function numberSteps(inner: string, hex: boolean): Result<readonly SequenceStep[], string> {
  const parts = inner.split(',').map((part) => part.trim())
  const name = parts[0] ?? ''
  if (!NAME.test(name)) return fail(`\`${name}\` is no name of a parameter`)
  const numbers = parts.slice(1).map(cNumber)
  if (numbers.length < 1 || numbers.length > 3)
    return fail('one to three numbers are needed: (NAME,END), (NAME,START,END) or (NAME,START,STEP,END)')
  if (numbers.some((number) => number === undefined)) return fail('each bound and step is a whole number')
  const [first, second, third] = numbers as number[]
  const end = (numbers.at(-1) ?? 0) as number
  const start = numbers.length === 1 ? (end < 0 ? -1 : 1) : (first as number)
  const step = numbers.length === 3 && third !== undefined ? (second as number) : end < start ? -1 : 1
  if (step === 0) return fail('a step of 0 would never end')
  if (hex && (start < 0 || end < 0)) return fail('~SEQx counts from 0 upwards only')
  const count = Math.floor((end - start) / step) + 1
  if (count > SEQUENCE_VALUES_MAX) return fail(`that are ${count} values; ${SEQUENCE_VALUES_MAX} are allowed`)
  const steps: SequenceStep[] = []
  for (let i = 0; i < count; i++) {
    const value = start + i * step
    steps.push([{ name, value: hex ? value.toString(16) : String(value) }])
  }
  return ok(steps)
}

function listSteps(inner: string): Result<readonly SequenceStep[], string> {
  const items = splitOutsideBraces(inner)
  const names = unwrap(items[0] ?? '')
  if (!names.every((name) => NAME.test(name))) return fail(`\`${items[0]}\` is no name of a parameter, nor a list of names in braces`)
  const grouped = (items[0] ?? '').startsWith('{')
  const steps: SequenceStep[] = []
  for (const item of items.slice(1)) {
    const values = grouped ? unwrap(item) : [item]
    if (values.length > names.length) return fail(`\`${item}\` has ${values.length} values for ${names.length} parameters`)
    steps.push(names.map((name, index) => ({ name, value: values[index] ?? '' })))
  }
  return ok(steps)
}

function unwrap(text: string): string[] {
  const inner = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text
  return inner.split(',').map((part) => part.trim())
}

function splitOutsideBraces(text: string): string[] {
  const items: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    const char = text[i]
    if (char === '{') depth++
    else if (char === '}') depth--
    else if (char === undefined || (char === ',' && depth === 0)) {
      items.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  return items
}
