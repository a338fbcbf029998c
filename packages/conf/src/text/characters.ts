// Characters that look like others: a blank that is none, punctuation from another keyboard. Copying from a web page does it.
import type { Findings } from '../findings.ts'
import { Line } from './line.ts'

const UNUSUAL = /[\u00a0\u2000-\u200b\u202f\u3000\ufeff\u2018\u2019\u201c\u201d\uff01-\uff5e]/
const BLANKS = /[\u00a0\u2000-\u200b\u202f\u3000\ufeff]+/g
const PUNCTUATION = /[\u2018\u2019\u201c\u201d\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e]/

/** Blanks that are none are read as blanks, with an error; foreign punctuation only gets its hint. */
export function checkCharacters(line: Line, findings: Findings): Line {
  if (!UNUSUAL.test(line.text)) return line
  const parts: Line[] = []
  let done = 0
  let isReported = false
  for (const match of line.text.matchAll(BLANKS)) {
    if (isQuoted(line.text, match.index)) continue
    const at = line.spanOf(match.index, match.index + match[0].length)
    if (!isReported) {
      const code = (match[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
      findings.error(
        'unusual-blank',
        at,
        `this looks like a blank but is U+${code}, which keepalived takes as part of a word; write a plain blank`,
      )
    }
    isReported = true
    if (match.index > done) parts.push(line.slice(done, match.index))
    parts.push(Line.standingFor(' ', at))
    done = match.index + match[0].length
  }
  reportPunctuation(line, findings)
  if (done === 0) return line
  if (done < line.text.length) parts.push(line.slice(done))
  return trimmed(Line.join(parts))
}

function reportPunctuation(line: Line, findings: Findings): void {
  const match = PUNCTUATION.exec(line.text)
  if (!match || isQuoted(line.text, match.index)) return
  const plain = plainFor(match[0])
  const message = `\`${match[0]}\` is not the plain character \`${plain}\`, and keepalived takes it as a letter; write \`${plain}\``
  findings.note('unusual-punctuation', line.spanOf(match.index, match.index + 1), message, [], 'warning')
}

function plainFor(char: string): string {
  if (char === '\u2018' || char === '\u2019') return "'"
  if (char === '\u201c' || char === '\u201d') return '"'
  return String.fromCharCode(char.charCodeAt(0) - 0xfee0)
}

const isQuoted = (text: string, at: number): boolean => (text.slice(0, at).split('"').length - 1) % 2 === 1

function trimmed(line: Line): Line {
  const start = line.text.length - line.text.trimStart().length
  const end = line.text.trimEnd().length
  return line.slice(start, Math.max(start, end))
}
