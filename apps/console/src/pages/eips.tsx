// EIPs: public addresses, bound one to one to a HaVip or an instance.
import { useId, useState } from 'react'
import { pageSize, useChange, useEips } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { Copyable, Dialog, Field, WhyButton } from '../parts/controls.tsx'
import { DeleteResource } from '../parts/delete-resource.tsx'
import { Status } from '../parts/mark.tsx'
import { PageLink } from '../parts/page.tsx'
import { ResourcePage } from '../parts/resource-page.tsx'
import { usePageNumber } from '../parts/table.tsx'
import { When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'

export default function Eips() {
  const t = useText()
  const { dialog, target } = useAddress()
  const setAddress = useSetAddress()
  const page = usePageNumber()
  const answer = useEips({}, { page, size: pageSize })
  const rows = answer.data?.EipAddresses.EipAddress ?? []
  const close = (): void => setAddress({ dialog: undefined, target: undefined })
  return (
    <ResourcePage
      title={t(['Elastic IP addresses', '弹性公网IP'])}
      lead={t([
        'A public address. Bound to a HaVip, it follows the instance that has the HaVip.',
        '公网地址。绑定到高可用虚拟IP后，始终跟随持有该虚拟IP的实例。',
      ])}
      listTitle={t(['EIPs of this region', '本地域的弹性公网IP'])}
      actions={
        <WhyButton type="primary" onClick={() => setAddress({ dialog: 'create' }, { push: true })}>
          {t(['Apply for an EIP', '申请弹性公网IP'])}
        </WhyButton>
      }
      answer={answer}
      rows={rows}
      total={answer.data?.TotalCount}
      idOf={(one) => one.AllocationId}
      empty={{
        title: t(['No EIP yet', '还没有弹性公网IP']),
        text: t([
          'Apply for one, then bind it to a HaVip so that the Internet reaches whichever instance has it.',
          '申请一个并绑定到高可用虚拟IP，公网即可访问持有它的实例。',
        ]),
      }}
      columns={[
        {
          title: t(['IP address / ID', 'IP 地址 / ID']),
          cell: (one) => (
            <span className="cell-id">
              <Copyable text={one.IpAddress}>
                <strong className="mono" style={{ color: 'var(--ink)', fontSize: 13 }}>
                  {one.IpAddress}
                </strong>
              </Copyable>
              <span className="mono">{one.Name ? `${one.Name} · ${one.AllocationId}` : one.AllocationId}</span>
            </span>
          ),
        },
        { title: t(words.status), cell: (one) => <Status of={one.Status} /> },
        {
          title: t(['Bound to', '绑定的资源']),
          cell: (one) =>
            one.InstanceId === '' ? (
              <span className="quiet">{t(words.none)}</span>
            ) : (
              <span className="stack">
                <PageLink to={one.InstanceType === 'HaVip' ? `/havips/${one.InstanceId}` : `/instances/${one.InstanceId}`}>
                  {one.InstanceType === 'HaVip' ? 'HaVip' : t(words.instance)} {one.PrivateIpAddress}
                </PageLink>
                <span className="mono small quiet" style={{ fontSize: 12 }}>
                  {one.InstanceId}
                </span>
              </span>
            ),
        },
        { title: t(['Bandwidth', '带宽']), cell: (one) => <span className="nowrap">{one.Bandwidth} Mbit/s</span> },
        { title: t(words.created), cell: (one) => <When time={one.AllocationTime} /> },
        {
          title: t(words.actions),
          align: 'end',
          cell: (one) => (
            <WhyButton
              size="small"
              off={one.Status === 'Available' ? undefined : t(['Unbind it first.', '请先解绑。'])}
              onClick={() => setAddress({ dialog: 'release', target: one.AllocationId }, { push: true })}
            >
              {t(words.release)}
            </WhyButton>
          ),
        },
      ]}
    >
      {dialog === 'create' && <AllocateEip onClose={close} />}
      {dialog === 'release' && target && (
        <DeleteResource
          title={t(['Release the EIP?', '释放该弹性公网IP？'])}
          text={rows.find((one) => one.AllocationId === target)?.IpAddress ?? target}
          okText={t(words.release)}
          call={['vpc', 'ReleaseEipAddress', { AllocationId: target }]}
          onClose={close}
        />
      )}
    </ResourcePage>
  )
}

function AllocateEip({ onClose }: { readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const [bandwidth, setBandwidth] = useState('5')
  const [name, setName] = useState('')
  const change = useChange()
  const isNumber = /^[1-9]\d{0,5}$/.test(bandwidth)
  return (
    <Dialog
      title={t(['Apply for an EIP', '申请弹性公网IP'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={isNumber ? undefined : t(['Enter the bandwidth as a whole number.', '请以整数填写带宽。'])}
      onOk={() =>
        change.mutate(
          ['vpc', 'AllocateEipAddress', { Bandwidth: bandwidth, Name: name || undefined, InternetChargeType: 'PayByBandwidth' }],
          {
            onSuccess: onClose,
          },
        )
      }
    >
      <Field label={t(['Bandwidth (Mbit/s)', '带宽（Mbit/s）'])} htmlFor={`${id}-bandwidth`}>
        <input
          id={`${id}-bandwidth`}
          className="input"
          inputMode="numeric"
          value={bandwidth}
          aria-invalid={!isNumber}
          onChange={(event) => setBandwidth(event.target.value)}
        />
      </Field>
      <Field label={t(words.name)} htmlFor={`${id}-name`} help={t(words.optional)}>
        <input id={`${id}-name`} className="input" value={name} maxLength={128} onChange={(event) => setName(event.target.value)} />
      </Field>
    </Dialog>
  )
}
