// Any answer of the API for people: its list as a table, the rest as names and values.
import { formatTable } from './table.ts'

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Columns are those that say something, from the left, as many as fit. */
export function formatAnswer(answer: Fields, width = process.stdout.columns ?? 160): string {
  const { RequestId: _, ...rest } = answer
  const list = listIn(rest)
  const isNothingElse = Object.entries(rest).every(([name, value]) => isPaging(name) || typeof value === 'object')
  if (list?.length === 0 && isNothingElse) return 'none'
  const rows = list?.filter(isFields) ?? []
  const single = Object.entries(rest).filter(([name, value]) => (list === undefined || !isPaging(name)) && (textOf(value) ?? '') !== '')
  const lines = rows.length > 0 && list?.length === rows.length ? [] : single
  if (list === undefined || lines.length > 0) {
    const text = single.map(([name, value]) => [name, textOf(value) ?? ''])
    return text.length === 0 ? 'done' : text.map(([name, value]) => `${name}  ${value}`).join('\n')
  }
  return tableOf(rows, width)
}

const isPaging = (name: string): boolean => ['TotalCount', 'PageNumber', 'PageSize', 'NextToken', 'MaxResults'].includes(name)

/** `{ HaVips: { HaVip: [...] } }`, or `{ Quotas: [...] }`: the first list, one or two levels down. */
function listIn(value: Fields, depth = 0): readonly unknown[] | undefined {
  for (const inner of Object.values(value)) if (Array.isArray(inner)) return inner
  if (depth === 2) return undefined
  for (const inner of Object.values(value)) {
    const found = isFields(inner) ? listIn(inner, depth + 1) : undefined
    if (found) return found
  }
  return undefined
}

/** What fits into a cell; undefined: it does not. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.every((item) => typeof item !== 'object') ? value.join(' ') : undefined
  if (!isFields(value)) return value === null || value === undefined ? '' : String(value)
  const inner = Object.values(value)
  return inner.length === 1 && Array.isArray(inner[0]) ? textOf(inner[0]) : undefined
}

function tableOf(rows: readonly Fields[], width: number): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const telling = names.filter((name) => rows.some((row) => (textOf(row[name]) ?? '') !== ''))
  let shown = telling
  let table = ''
  do {
    table = formatTable(
      shown,
      rows.map((row) => shown.map((name) => textOf(row[name]) ?? '')),
      '',
    )
    if (shown.length <= 2 || Math.max(...table.split('\n').map((line) => line.length)) <= width) break
    shown = shown.slice(0, -1)
  } while (shown.length > 0)
  const left = names.length - shown.length
  return left === 0 ? table : `${table}\n(${left} more columns with --json)`
}
