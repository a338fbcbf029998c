// Lines of the log that wait while a round of timers runs: each takes two system calls, and somebody who reads slowly may block the second.

type Write = (level: number, line: string) => void

export type HeldLog = {
  readonly write: Write
  /** Until `release`, lines wait; a bounded number of them, the others leave at once with all before them. */
  hold(): void
  release(): void
}

const waitingMax = 8192

export function createHeldLog(write: Write): HeldLog {
  let isHolding = false
  let waiting: (readonly [level: number, line: string])[] = []
  const flush = (): void => {
    const lines = waiting
    waiting = []
    for (const [level, line] of lines) write(level, line)
  }
  return {
    write: (level, line) => {
      if (!isHolding) {
        write(level, line)
        return
      }
      waiting.push([level, line])
      if (waiting.length === waitingMax) flush()
    },
    hold: () => {
      isHolding = true
    },
    release: () => {
      isHolding = false
      flush()
    },
  }
}
