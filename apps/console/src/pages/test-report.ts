// The report of a test, as a text file to keep.
import type { Havip, HavipTest } from '../api/types.ts'
import { spokenReason } from '../i18n/reasons.ts'
import type { Speak } from '../i18n/text.tsx'
import { phasesOf } from './phases.ts'

export function reportText(test: HavipTest, havip: Havip, name: (node: string) => string, t: Speak): string {
  const line = (label: string, value: string): string => `${label.padEnd(16)} ${value}`
  return [
    t(['Test of a HaVip', '高可用虚拟IP测试报告']),
    '',
    line(t(['HaVip', '高可用虚拟IP']), `${havip.IpAddress} (${havip.HaVipId})`),
    line(t(['Test', '测试']), test.TestId),
    line(t(['Fault', '故障']), test.Fault),
    line(t(['Started', '开始']), test.StartedAt),
    line(t(['Finished', '结束']), test.FinishedAt),
    line(t(['Status', '状态']), test.Status),
    line(t(['Before', '切换前']), name(test.Before)),
    line(t(['After', '切换后']), name(test.After)),
    line(t(['Outage', '中断']), test.OutageMs === null ? '-' : `${test.OutageMs} ms`),
    line(t(['Lost requests', '丢失请求']), `${test.Lost} / ${test.Samples.length}`),
    line(t(['Reason', '原因']), spokenReason(test.Reason, t)),
    '',
    t(['Who answered when', '各时段应答者']),
    ...phasesOf(test.Samples).map(
      (phase) => `${String(phase.fromMs).padStart(8)} – ${String(phase.toMs).padStart(8)} ms  ${name(phase.by)}  (${phase.count})`,
    ),
    '',
    t(['Every request: milliseconds since the start, who answered, outcome', '每次请求：距开始的毫秒数、应答者、结果']),
    ...test.Samples.map((sample) => `${String(sample.AtMs).padStart(8)}  ${sample.By === '' ? '-' : name(sample.By)}  ${sample.Outcome}`),
    '',
  ].join('\n')
}

export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
