// Two texts as `diff -u` shows them.

const CONTEXT = 3
/** More changed lines than this and the middle is shown as replaced whole: the table of a comparison grows with the square. */
const COMPARED_MAX = 3000

type Line = { readonly kind: ' ' | '-' | '+'; readonly text: string }

/** Empty when both are equal; without a line end at the end there is one marked as missing. */
export function unifiedDiff(before: string, after: string, beforeName: string, afterName: string): string {
  if (before === after) return ''
  const lines = compare(cut(before), cut(after))
  const hunks = hunksOf(lines)
  return [`--- ${beforeName}`, `+++ ${afterName}`, ...hunks].join('\n')
}

const cut = (text: string): string[] => {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  else lines.push(`${lines.pop() ?? ''}\n\\ No newline at end of file`)
  return lines
}

function compare(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const same = (lines: readonly string[]): Line[] => lines.map((text) => ({ kind: ' ', text }))
  return [
    ...same(a.slice(0, start)),
    ...compareMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ]
}

/** The longest common subsequence, by the table of lengths. */
function compareMiddle(a: readonly string[], b: readonly string[]): Line[] {
  const removed = a.map((text): Line => ({ kind: '-', text }))
  const added = b.map((text): Line => ({ kind: '+', text }))
  if (a.length === 0 || b.length === 0 || a.length > COMPARED_MAX || b.length > COMPARED_MAX) return [...removed, ...added]
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] as number
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ kind: ' ', text: a[i] as string })
      i++
      j++
    } else if (at(i + 1, j) >= at(i, j + 1)) lines.push(removed[i++] as Line)
    else lines.push(added[j++] as Line)
  }
  return [...lines, ...removed.slice(i), ...added.slice(j)]
}

function hunksOf(lines: readonly Line[]): string[] {
  const changed = lines.flatMap(({ kind }, index) => (kind === ' ' ? [] : [index]))
  const hunks: string[] = []
  let from = 0
  while (from < changed.length) {
    let to = from
    while (to + 1 < changed.length && (changed[to + 1] as number) - (changed[to] as number) <= 2 * CONTEXT) to++
    const start = Math.max(0, (changed[from] as number) - CONTEXT)
    const end = Math.min(lines.length, (changed[to] as number) + CONTEXT + 1)
    hunks.push(headOf(lines, start, end), ...lines.slice(start, end).map(({ kind, text }) => kind + text))
    from = to + 1
  }
  return hunks
}

function headOf(lines: readonly Line[], start: number, end: number): string {
  const count = (kind: '-' | '+', from: number, to: number): number =>
    lines.slice(from, to).filter((line) => line.kind === ' ' || line.kind === kind).length
  const range = (kind: '-' | '+'): string => {
    const length = count(kind, start, end)
    const first = count(kind, 0, start) + (length === 0 ? 0 : 1)
    return length === 1 ? String(first) : `${first},${length}`
  }
  return `@@ -${range('-')} +${range('+')} @@`
}
