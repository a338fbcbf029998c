// What the simulator says of a fault is what happens: who answers afterwards, and after which time without adverts a timer was
// due. How late a busy machine's timers run is its own affair, so no time of the client's is judged here; `make fidelity` shows those.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measure } from '../../tools/fidelity/measure.ts'
import { rehearse } from '../../tools/fidelity/rehearsal.ts'
import { faults } from '../../tools/fidelity/strike.ts'
import { needsRoot } from '../../tools/lab/segment.ts'

const settleMs = 3000

for (const name of ['power loss', 'SIGTERM', 'SIGKILL of the guard, too', 'reload, nothing changed'] as const) {
  test(`simulated and real agree: ${name}`, { skip: needsRoot }, async () => {
    const fault = faults.find((one) => one.name === name)
    assert(fault)
    const measured = await measure(fault, '0.1', settleMs)
    const simulated = rehearse(fault, measured.configurations, measured.phase, settleMs, 1)
    const told = JSON.stringify({ measured: { ...measured, configurations: undefined }, simulated })
    assert.equal(measured.movedAfter === undefined, simulated.movedAfter === undefined, told)
    assert.equal(measured.waited === undefined, simulated.waited === undefined, told)
    assert(Math.abs((measured.waited ?? 0) - (simulated.waited ?? 0)) < 0.5, told)
  })
}
