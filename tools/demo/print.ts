// How the demo speaks: the tutorial's headings, a line for each thing that was done, a table at the end.

const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined
const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)

export const bold = (text: string): string => paint('1', text)
export const dim = (text: string): string => paint('2', text)
const green = (text: string): string => paint('32', text)
const red = (text: string): string => paint('31', text)

let isMuted = false
/** After an interruption: what is still under way in the background has nothing to tell any more. */
export const mute = (): void => {
  isMuted = true
}
const say = (text: string): void => {
  if (!isMuted) console.log(text)
}

export const heading = (text: string): void => say(`\n${bold(text)}`)
export const done = (text: string): void => say(`  ${green('✓')} ${text}`)
export const failed = (text: string): void => say(`  ${red('✗')} ${text}`)
export const remark = (text: string): void => say(`    ${dim(text)}`)
/** A heading of second rank, for one of several tests. */
export const subheading = (text: string): void => say(`\n  ${bold(text)}`)

export type SummaryRow = {
  readonly what: string
  readonly answered: string
  readonly lost: number
  /** Milliseconds; undefined when no request was lost. */
  readonly outageMs: number | undefined
  /** What the protocol's timers alone would have taken; undefined where no timer is involved. */
  readonly protocolMs: number | undefined
  readonly asExpected: boolean
}

const ms = (value: number | undefined, none: string): string => (value === undefined ? none : `${value.toFixed(0)} ms`)

export function summary(rows: readonly SummaryRow[]): void {
  const cells = rows.map((row) => [
    row.what,
    row.answered,
    String(row.lost),
    ms(row.outageMs, 'none'),
    ms(row.protocolMs, '–'),
    row.asExpected ? 'yes' : 'NO',
  ])
  const headings = ['fault', 'answered by', 'lost', 'outage', 'by the protocol', 'as the tutorial says']
  const widths = headings.map((text, column) => Math.max(text.length, ...cells.map((row) => (row[column] as string).length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column >= 2 && column <= 4 ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number)))
      .join('  ')
      .trimEnd()
  say(`  ${bold(line(headings))}`)
  for (const row of cells) say(`  ${line(row)}`)
}
