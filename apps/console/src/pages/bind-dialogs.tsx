// Binding and unbinding: an ECS instance or an EIP to a HaVip.
import { Checkbox } from 'antd'
import { useId, useState } from 'react'
import { useChange, useEips } from '../api/queries.ts'
import type { Havip, Instance } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { Choose } from '../parts/choose.tsx'
import { Dialog, Field } from '../parts/controls.tsx'
import { Mark } from '../parts/mark.tsx'
import { PageLink } from '../parts/page.tsx'
import { words } from '../parts/words.ts'
import { addressOf, nameOf } from './names.ts'

type BindInstanceProps = { readonly havip: Havip; readonly choices: readonly Instance[]; readonly onClose: () => void }

export function BindInstance({ havip, choices, onClose }: BindInstanceProps) {
  const t = useText()
  const id = useId()
  const [chosen, setChosen] = useState<string>()
  const change = useChange()
  return (
    <Dialog
      title={t(['Bind ECS Instance', '绑定 ECS 实例'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={chosen === undefined ? t(['Select an instance first.', '请先选择实例。']) : undefined}
      onOk={() =>
        change.mutate(['vpc', 'AssociateHaVip', { HaVipId: havip.HaVipId, InstanceId: chosen, InstanceType: 'EcsInstance' }], {
          onSuccess: onClose,
        })
      }
    >
      <Field
        label={t(words.ecsInstances)}
        htmlFor={id}
        help={t([
          'Instances of the same vSwitch as the HaVip. Each HAVIP can be associated with at most two ECS instances.',
          '仅列出与高可用虚拟IP同一交换机的实例。每个高可用虚拟IP最多绑定两台 ECS 实例。',
        ])}
      >
        <Choose
          id={id}
          value={chosen}
          onChange={setChosen}
          choices={choices.map((one) => ({ value: one.InstanceId, text: nameOf(one, one.InstanceId), detail: addressOf(one) }))}
          empty={
            <PageLink to="/instances">{t(['No other instance in this vSwitch: create one', '该交换机中没有其他实例，请先创建'])}</PageLink>
          }
        />
      </Field>
    </Dialog>
  )
}

type UnbindInstanceProps = {
  readonly havip: Havip
  readonly id: string
  readonly name: string
  readonly isOwner: boolean
  readonly onClose: () => void
}

export function UnbindInstance({ havip, id, name, isOwner, onClose }: UnbindInstanceProps) {
  const t = useText()
  const [isForced, setForced] = useState(false)
  const change = useChange()
  return (
    <Dialog
      title={t(['Unbind {name}?', '解绑 {name}？'], { name })}
      isOpen
      isDanger={isOwner}
      okText={t(words.unbind)}
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={
        isOwner && !isForced
          ? t(['It has the address now; confirm that it shall lose it.', '它当前持有该地址，请确认强制解绑。'])
          : undefined
      }
      onOk={() =>
        change.mutate(
          [
            'vpc',
            'UnassociateHaVip',
            { HaVipId: havip.HaVipId, InstanceId: id, InstanceType: 'EcsInstance', Force: isForced ? 'True' : undefined },
          ],
          { onSuccess: onClose },
        )
      }
    >
      <p>{t(['The instance may no longer announce {address}.', '该实例将不能再宣告 {address}。'], { address: havip.IpAddress })}</p>
      {isOwner && (
        <>
          <div className="note warn">
            <Mark tone="warn" />
            <p>
              {t([
                'It has the address now. Until another bound instance announces it, the service is not reached.',
                '它当前持有该地址。在另一台已绑定实例宣告之前，服务将不可访问。',
              ])}
            </p>
          </div>
          <Checkbox checked={isForced} onChange={(event) => setForced(event.target.checked)}>
            {t(['Unbind it by force', '强制解绑'])}
          </Checkbox>
        </>
      )}
    </Dialog>
  )
}

export function BindEip({ havip, onClose }: { readonly havip: Havip; readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const [chosen, setChosen] = useState<string>()
  const change = useChange()
  const eips = useEips({ Status: 'Available' })
  return (
    <Dialog
      title={t(['Bind EIP', '绑定弹性公网IP'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={chosen === undefined ? t(['Select an EIP first.', '请先选择弹性公网IP。']) : undefined}
      onOk={() =>
        change.mutate(['vpc', 'AssociateEipAddress', { AllocationId: chosen, InstanceId: havip.HaVipId, InstanceType: 'HaVip' }], {
          onSuccess: onClose,
        })
      }
    >
      <Field label={t(words.eip)} htmlFor={id} help={t(['EIPs of this region that are not bound.', '本地域中未绑定的弹性公网IP。'])}>
        <Choose
          id={id}
          isLoading={eips.isLoading}
          value={chosen}
          onChange={setChosen}
          choices={(eips.data?.EipAddresses.EipAddress ?? []).map((one) => ({
            value: one.AllocationId,
            text: one.IpAddress,
            detail: one.Name || `${one.Bandwidth} Mbit/s`,
          }))}
          empty={<PageLink to="/eips">{t(['No free EIP: apply for one', '没有空闲的弹性公网IP，请先申请'])}</PageLink>}
        />
      </Field>
    </Dialog>
  )
}

export function UnbindEip({ eip, havip, onClose }: { readonly eip: string; readonly havip: Havip; readonly onClose: () => void }) {
  const t = useText()
  const change = useChange()
  return (
    <Dialog
      title={t(['Unbind the EIP?', '解绑弹性公网IP？'])}
      isOpen
      isDanger
      okText={t(words.unbind)}
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      onOk={() =>
        change.mutate(['vpc', 'UnassociateEipAddress', { AllocationId: eip, InstanceId: havip.HaVipId, InstanceType: 'HaVip' }], {
          onSuccess: onClose,
        })
      }
    >
      <p>{t(['{address} can no longer be reached from the Internet.', '将无法从公网访问 {address}。'], { address: havip.IpAddress })}</p>
    </Dialog>
  )
}
