// States by shape and colour: a disc is well, a ring turns, a triangle warns, a cross is wrong, a hollow square is off, and a
// diamond is where the address is.
import type { Text } from '../i18n/text.tsx'
import { useText } from '../i18n/text.tsx'

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off' | 'address'

const shapes: Readonly<Record<Tone, React.ReactNode>> = {
  good: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  busy: <path className="spin" d="M6 1.5A4.5 4.5 0 1 1 1.5 6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  warn: <path d="M6 1 11.3 10.5H.7Z" fill="currentColor" />,
  bad: <path d="m2 2 8 8m0-8-8 8" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
  off: <rect x="2" y="2" width="8" height="8" rx="1" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  address: <path d="M6 .5 11.5 6 6 11.5.5 6Z" fill="currentColor" />,
}

export function Shape({ tone, size = 12 }: { readonly tone: Tone; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true">
      {shapes[tone]}
    </svg>
  )
}

export function Mark({ tone, children }: { readonly tone: Tone; readonly children?: React.ReactNode }) {
  return (
    <span className={`mark ${tone}`}>
      <Shape tone={tone} />
      {children !== undefined && <span className="label">{children}</span>}
    </span>
  )
}

/** The API's statuses; the words stay the API's in English. */
const statuses: Readonly<Record<string, readonly [Tone, ...Text]>> = {
  Available: ['good', 'Available', '可用'],
  InUse: ['good', 'InUse', '使用中'],
  Running: ['good', 'Running', '运行中'],
  Stopped: ['off', 'Stopped', '已停止'],
  Pending: ['busy', 'Pending', '创建中'],
  Creating: ['busy', 'Creating', '创建中'],
  Starting: ['busy', 'Starting', '启动中'],
  Stopping: ['busy', 'Stopping', '停止中'],
  Deleting: ['busy', 'Deleting', '删除中'],
  Associating: ['busy', 'Associating', '绑定中'],
  Unassociating: ['busy', 'Unassociating', '解绑中'],
  Releasing: ['busy', 'Releasing', '释放中'],
  Process: ['busy', 'Under review', '审批中'],
  Agree: ['good', 'Approved', '已通过'],
  Disagree: ['bad', 'Rejected', '已拒绝'],
  Testing: ['busy', 'Running', '测试中'],
  Finished: ['good', 'Finished', '已完成'],
  Failed: ['bad', 'Failed', '失败'],
  MASTER: ['address', 'MASTER', 'MASTER（主）'],
  BACKUP: ['good', 'BACKUP', 'BACKUP（备）'],
  FAULT: ['bad', 'FAULT', 'FAULT（故障）'],
  STOP: ['off', 'STOP', 'STOP（停止）'],
  INIT: ['busy', 'INIT', 'INIT（初始）'],
}

export function Status({ of }: { readonly of: string }) {
  const t = useText()
  const found = statuses[of] ?? statuses[of.toUpperCase()]
  return found ? <Mark tone={found[0]}>{t([found[1], found[2]])}</Mark> : <Mark tone="off">{of}</Mark>
}
