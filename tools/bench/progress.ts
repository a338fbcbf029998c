// What is being measured right now, on standard error: a run takes an hour, and nobody shall wonder whether it hangs.
const began = performance.now()

export function progress(what: string): void {
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  const text = `[${minutes} min] ${what}`
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text.slice(0, 100)}` : `${text}\n`)
}

/** Before a row is printed. */
export function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
}
