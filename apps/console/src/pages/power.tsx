// What can be done to an instance: start, stop, power off, reboot, connect, delete. What is off says why.
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../api/queries.ts'
import type { Instance } from '../api/types.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Dialog, WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { words } from '../parts/words.ts'
import { kept } from '../shell/address.ts'
import { labelOf } from './names.ts'

type Step = {
  readonly key: string
  readonly text: Text
  readonly action: string
  readonly parameters?: { [name: string]: boolean }
  readonly needs: string
  readonly warning?: Text
  readonly isShort?: boolean
}

const steps: readonly Step[] = [
  { key: 'start', text: ['Start', '启动'], action: 'StartInstance', needs: 'Stopped', isShort: true },
  {
    key: 'stop',
    text: ['Stop', '停止'],
    action: 'StopInstance',
    needs: 'Running',
    warning: [
      'Everything in it is shut down in order; keepalived says goodbye and the other instance takes over.',
      '实例将有序关机；keepalived 会通知对端，由另一台实例接管。',
    ],
    isShort: true,
  },
  {
    key: 'power-off',
    text: ['Power off', '强制断电'],
    action: 'StopInstance',
    parameters: { ForceStop: true },
    needs: 'Running',
    warning: [
      'At once, without a shutdown, as when the power fails. The other instance notices by the silence.',
      '立即断电，不执行关机流程。另一台实例因收不到通告而接管。',
    ],
  },
  {
    key: 'reboot',
    text: ['Reboot', '重启'],
    action: 'RebootInstance',
    needs: 'Running',
    warning: ['Everything in it is shut down and started again.', '实例将关机并重新启动。'],
  },
]

export function Power({ instance, isShort = false }: { readonly instance: Instance; readonly isShort?: boolean }) {
  const t = useText()
  const navigate = useNavigate()
  const change = useChange()
  const [asked, setAsked] = useState<Step | 'delete'>()
  const name = labelOf(instance.InstanceName, instance.InstanceId)
  const why = (needs: string): string | undefined =>
    instance.Status === needs
      ? undefined
      : t(['It is {status}; this needs {needs}.', '当前状态为 {status}，此操作需要 {needs}。'], { status: instance.Status, needs })
  const perform = (step: Step): void =>
    change.mutate(['ecs', step.action, { InstanceId: instance.InstanceId, ...step.parameters }], { onSuccess: () => setAsked(undefined) })
  const shown = steps.filter((step) =>
    isShort ? step.isShort && step.needs === (instance.Status === 'Stopped' ? 'Stopped' : 'Running') : true,
  )
  const size = isShort ? 'small' : 'middle'
  const close = (): void => {
    change.reset()
    setAsked(undefined)
  }
  return (
    <span className="actions" style={isShort ? { justifyContent: 'flex-end' } : {}}>
      <WhyButton
        size={size}
        type={isShort ? 'default' : 'primary'}
        changes
        off={why('Running')}
        onClick={() =>
          void navigate({
            to: `/instances/${instance.InstanceId}` as never,
            search: ((old: object) => ({ ...kept(old), tab: 'terminal' })) as never,
          })
        }
      >
        {t(['Connect', '远程连接'])}
      </WhyButton>
      {shown.map((step) => (
        <WhyButton
          key={step.key}
          size={size}
          off={why(step.needs)}
          loading={change.isPending && asked === undefined}
          onClick={() => (step.warning ? setAsked(step) : perform(step))}
        >
          {t(step.text)}
        </WhyButton>
      ))}
      {!isShort && (
        <WhyButton
          off={instance.DeletionProtection ? t(['It is protected against deletion.', '已开启删除保护。']) : why('Stopped')}
          onClick={() => setAsked('delete')}
        >
          {t(words.remove)}
        </WhyButton>
      )}
      {change.error && asked === undefined && <FaultNote error={change.error} />}
      {asked !== undefined && (
        <Dialog
          title={
            asked === 'delete'
              ? t(['Delete {name}?', '删除 {name}？'], { name })
              : t(['{step} {name}?', '{step} {name}？'], { step: t(asked.text), name })
          }
          isOpen
          isDanger
          okText={asked === 'delete' ? t(words.remove) : t(asked.text)}
          onClose={close}
          isBusy={change.isPending}
          error={change.error}
          onOk={() =>
            asked === 'delete'
              ? change.mutate(['ecs', 'DeleteInstance', { InstanceId: instance.InstanceId }], {
                  onSuccess: () => void navigate({ to: '/instances' as never, search: kept as never }),
                })
              : perform(asked)
          }
        >
          <p>
            {asked === 'delete'
              ? t(['The instance and its disk are deleted. This cannot be undone.', '实例及其磁盘将被删除，此操作无法撤销。'])
              : t(asked.warning ?? ['', ''])}
          </p>
        </Dialog>
      )}
    </span>
  )
}
