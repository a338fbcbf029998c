// VPCs: the private networks everything else is in.
import { Checkbox } from 'antd'
import { useId, useState } from 'react'
import { pageSize, useChange, useVpcs } from '../api/queries.ts'
import type { Vpc } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { Dialog, Field, WhyButton } from '../parts/controls.tsx'
import { DeleteResource } from '../parts/delete-resource.tsx'
import { Status } from '../parts/mark.tsx'
import { PageLink } from '../parts/page.tsx'
import { ResourcePage } from '../parts/resource-page.tsx'
import { NameAndId, usePageNumber } from '../parts/table.tsx'
import { When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { Blocks } from './blocks.tsx'
import { labelOf } from './names.ts'

export default function Vpcs() {
  const t = useText()
  const { dialog, target } = useAddress()
  const setAddress = useSetAddress()
  const page = usePageNumber()
  const answer = useVpcs({ page, size: pageSize })
  const close = (): void => setAddress({ dialog: undefined, target: undefined })
  const create = (
    <WhyButton type="primary" onClick={() => setAddress({ dialog: 'create' }, { push: true })}>
      {t(['Create VPC', '创建专有网络'])}
    </WhyButton>
  )
  return (
    <ResourcePage
      title={t(['VPCs', '专有网络'])}
      lead={t(['A private network with its router. vSwitches divide its range.', '带有路由器的私有网络，由交换机划分其网段。'])}
      listTitle={t(['VPCs of this region', '本地域的专有网络'])}
      actions={create}
      answer={answer}
      rows={answer.data?.Vpcs.Vpc ?? []}
      total={answer.data?.TotalCount}
      idOf={(one) => one.VpcId}
      empty={{
        title: t(['No VPC yet', '还没有专有网络']),
        text: t([
          'Everything begins with one: create a VPC, then a vSwitch in it.',
          '一切从这里开始：先创建专有网络，再在其中创建交换机。',
        ]),
      }}
      columns={[
        {
          title: t(['Name / ID', '名称 / ID']),
          cell: (one) => <NameAndId name={one.VpcName} id={one.VpcId} />,
        },
        { title: t(words.status), cell: (one) => <Status of={one.Status} /> },
        { title: t(words.cidr), cell: (one) => <Blocks of={one} /> },
        {
          title: t(['vSwitches', '交换机']),
          cell: (one) => (
            <PageLink
              to="/vswitches"
              search={{ vpc: one.VpcId }}
              label={t(['{count} vSwitches of {name}', '{count} 个交换机，属于 {name}'], {
                count: one.VSwitchIds.VSwitchId.length,
                name: labelOf(one.VpcName, one.VpcId),
              })}
            >
              {one.VSwitchIds.VSwitchId.length}
            </PageLink>
          ),
        },
        { title: t(words.created), cell: (one) => <When time={one.CreationTime} /> },
        {
          title: t(words.actions),
          align: 'end',
          cell: (one) => (
            <WhyButton
              size="small"
              off={one.VSwitchIds.VSwitchId.length > 0 ? t(['Delete its vSwitches first.', '请先删除其中的交换机。']) : undefined}
              onClick={() => setAddress({ dialog: 'delete', target: one.VpcId }, { push: true })}
            >
              {t(words.remove)}
            </WhyButton>
          ),
        },
      ]}
    >
      {dialog === 'create' && <CreateVpc onClose={close} />}
      {dialog === 'delete' && target && (
        <DeleteResource
          title={t(['Delete the VPC?', '删除该专有网络？'])}
          text={target}
          call={['vpc', 'DeleteVpc', { VpcId: target }]}
          onClose={close}
        />
      )}
    </ResourcePage>
  )
}

function CreateVpc({ onClose }: { readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const [name, setName] = useState('')
  const [cidr, setCidr] = useState('192.168.0.0/16')
  const [hasIpv6, setIpv6] = useState(false)
  const change = useChange<Vpc>()
  return (
    <Dialog
      title={t(['Create VPC', '创建专有网络'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={cidr === '' ? t(['Enter a CIDR block.', '请输入网段。']) : undefined}
      onOk={() =>
        change.mutate(['vpc', 'CreateVpc', { VpcName: name || undefined, CidrBlock: cidr.trim(), EnableIpv6: hasIpv6 || undefined }], {
          onSuccess: onClose,
        })
      }
    >
      <Field label={t(words.name)} htmlFor={`${id}-name`} help={t(words.optional)}>
        <input id={`${id}-name`} className="input" value={name} maxLength={128} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field
        label={t(words.cidr)}
        htmlFor={`${id}-cidr`}
        help={t(['Prefix /8 to /28, from a private range.', '掩码为 /8 至 /28 的私有网段。'])}
      >
        <input id={`${id}-cidr`} className="input mono" value={cidr} spellCheck={false} onChange={(event) => setCidr(event.target.value)} />
      </Field>
      <Field label={t(words.ipv6Cidr)}>
        <Checkbox checked={hasIpv6} onChange={(event) => setIpv6(event.target.checked)}>
          {t(['Assign a /56, of which vSwitches get parts', '分配 /56 网段，供交换机划分'])}
        </Checkbox>
      </Field>
    </Dialog>
  )
}
