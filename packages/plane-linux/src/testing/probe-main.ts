// The probing child as a program of its own, for tests that run no hostd.
import { runProbeChild } from '../probe-child.ts'

runProbeChild(JSON.parse(process.argv[2] ?? ''))
