// vSwitches: the segments of a VPC, where instances and HaVips have their addresses.
import { Button } from 'antd'
import { useId, useState } from 'react'
import { pageSize, useChange, useVpcs, useVSwitches, useZones } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { Choose } from '../parts/choose.tsx'
import { Dialog, Field, WhyButton } from '../parts/controls.tsx'
import { DeleteResource } from '../parts/delete-resource.tsx'
import { Status } from '../parts/mark.tsx'
import { PageLink } from '../parts/page.tsx'
import { ResourcePage } from '../parts/resource-page.tsx'
import { NameAndId, usePageNumber } from '../parts/table.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { Blocks } from './blocks.tsx'
import { labelOf } from './names.ts'

export default function VSwitches() {
  const t = useText()
  const { dialog, target, vpc } = useAddress()
  const setAddress = useSetAddress()
  const page = usePageNumber()
  const answer = useVSwitches({ VpcId: vpc }, { page, size: pageSize })
  const vpcs = useVpcs()
  const vpcName = (id: string): string => labelOf(vpcs.data?.Vpcs.Vpc.find((one) => one.VpcId === id)?.VpcName ?? '', id)
  const close = (): void => setAddress({ dialog: undefined, target: undefined })
  const hasVpc = (vpcs.data?.TotalCount ?? 0) > 0
  return (
    <ResourcePage
      title={t(['vSwitches', '交换机'])}
      lead={t([
        'A segment of a VPC in one zone. A HaVip and its instances belong to the same vSwitch.',
        '专有网络在一个可用区内的网段。高可用虚拟IP与其实例须属于同一交换机。',
      ])}
      listTitle={
        vpc ? t(['vSwitches of {vpc}', '{vpc} 的交换机'], { vpc: vpcName(vpc) }) : t(['vSwitches of this region', '本地域的交换机'])
      }
      listActions={
        vpc && (
          <Button size="small" onClick={() => setAddress({ vpc: undefined })}>
            {t(['Show all', '显示全部'])}
          </Button>
        )
      }
      actions={
        <WhyButton
          type="primary"
          off={vpcs.data && !hasVpc ? t(['Create a VPC first.', '请先创建专有网络。']) : undefined}
          onClick={() => setAddress({ dialog: 'create' }, { push: true })}
        >
          {t(['Create vSwitch', '创建交换机'])}
        </WhyButton>
      }
      answer={answer}
      rows={answer.data?.VSwitches.VSwitch ?? []}
      total={answer.data?.TotalCount}
      idOf={(one) => one.VSwitchId}
      empty={{
        title: t(['No vSwitch yet', '还没有交换机']),
        text: hasVpc
          ? t([
              'Create one in a zone of your VPC; instances and HaVips get their addresses from it.',
              '在专有网络的可用区中创建交换机，实例和高可用虚拟IP从中获得地址。',
            ])
          : t(['A vSwitch is part of a VPC: create a VPC first.', '交换机属于专有网络，请先创建专有网络。']),
        actions: !hasVpc && <PageLink to="/vpcs">{t(['Go to VPCs', '前往专有网络'])}</PageLink>,
      }}
      columns={[
        {
          title: t(['Name / ID', '名称 / ID']),
          cell: (one) => <NameAndId name={one.VSwitchName} id={one.VSwitchId} />,
        },
        { title: t(words.status), cell: (one) => <Status of={one.Status} /> },
        { title: t(words.cidr), cell: (one) => <Blocks of={one} /> },
        { title: t(words.vpc), cell: (one) => vpcName(one.VpcId) },
        { title: t(words.zone), cell: (one) => one.ZoneId },
        { title: t(['Free addresses', '可用地址数']), align: 'number', cell: (one) => one.AvailableIpAddressCount },
        {
          title: t(words.actions),
          align: 'end',
          cell: (one) => (
            <WhyButton size="small" onClick={() => setAddress({ dialog: 'delete', target: one.VSwitchId }, { push: true })}>
              {t(words.remove)}
            </WhyButton>
          ),
        },
      ]}
    >
      {dialog === 'create' && <CreateVSwitch vpcGiven={vpc} onClose={close} />}
      {dialog === 'delete' && target && (
        <DeleteResource
          title={t(['Delete the vSwitch?', '删除该交换机？'])}
          text={target}
          call={['vpc', 'DeleteVSwitch', { VSwitchId: target }]}
          onClose={close}
        />
      )}
    </ResourcePage>
  )
}

function CreateVSwitch({ vpcGiven, onClose }: { readonly vpcGiven: string | undefined; readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const vpcs = useVpcs()
  const zones = useZones()
  const list = vpcs.data?.Vpcs.Vpc ?? []
  const [vpcChosen, setVpc] = useState(vpcGiven)
  const vpc = list.find((one) => one.VpcId === vpcChosen) ?? (list.length === 1 ? list[0] : undefined)
  const [zone, setZone] = useState<string>()
  const [name, setName] = useState('')
  const [cidrTyped, setCidr] = useState<string>()
  // The first /24 of the VPC; where it overlaps, the API says so.
  const cidr = cidrTyped ?? vpc?.CidrBlock.replace(/\/\d+$/, '/24') ?? ''
  const [part, setPart] = useState('')
  const part6 = vpc?.Ipv6CidrBlock && part.trim() !== '' ? part.trim() : undefined
  const change = useChange()
  const off = !vpc
    ? t(['Select a VPC first.', '请先选择专有网络。'])
    : zone === undefined
      ? t(['Select a zone first.', '请先选择可用区。'])
      : cidr === ''
        ? t(['Enter a CIDR block.', '请输入网段。'])
        : part6 !== undefined && !(/^\d{1,3}$/.test(part6) && Number(part6) < 256)
          ? t(['The number of the IPv6 block is 0 to 255.', 'IPv6 网段编号为 0 至 255。'])
          : undefined
  return (
    <Dialog
      title={t(['Create vSwitch', '创建交换机'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={off}
      onOk={() =>
        change.mutate(
          [
            'vpc',
            'CreateVSwitch',
            { VpcId: vpc?.VpcId, ZoneId: zone, CidrBlock: cidr.trim(), Ipv6CidrBlock: part6, VSwitchName: name || undefined },
          ],
          { onSuccess: onClose },
        )
      }
    >
      <Field label={t(words.vpc)} htmlFor={`${id}-vpc`}>
        <Choose
          id={`${id}-vpc`}
          value={vpc?.VpcId}
          onChange={setVpc}
          choices={list.map((one) => ({ value: one.VpcId, text: labelOf(one.VpcName, one.VpcId), detail: one.CidrBlock }))}
        />
      </Field>
      <Field label={t(words.zone)} htmlFor={`${id}-zone`}>
        <Choose
          id={`${id}-zone`}
          value={zone}
          onChange={setZone}
          isLoading={zones.isLoading}
          choices={(zones.data?.Zones.Zone ?? []).map((one) => ({ value: one.ZoneId, text: one.LocalName, detail: one.ZoneId }))}
        />
      </Field>
      <Field label={t(words.name)} htmlFor={`${id}-name`} help={t(words.optional)}>
        <input id={`${id}-name`} className="input" value={name} maxLength={128} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field
        label={t(words.cidr)}
        htmlFor={`${id}-cidr`}
        help={vpc && t(['Inside {cidr}, /16 to /29.', '在 {cidr} 之内，掩码 /16 至 /29。'], { cidr: vpc.CidrBlock })}
      >
        <input id={`${id}-cidr`} className="input mono" value={cidr} spellCheck={false} onChange={(event) => setCidr(event.target.value)} />
      </Field>
      {vpc && vpc.Ipv6CidrBlock !== '' && (
        <Field
          label={t(words.ipv6Cidr)}
          htmlFor={`${id}-part`}
          help={t(['Which /64 of {cidr}: 0 to 255. Empty: no IPv6.', '{cidr} 中的第几个 /64：0 至 255。留空则不启用 IPv6。'], {
            cidr: vpc.Ipv6CidrBlock,
          })}
        >
          <input
            id={`${id}-part`}
            className="input mono"
            inputMode="numeric"
            value={part}
            maxLength={3}
            onChange={(event) => setPart(event.target.value)}
          />
        </Field>
      )}
    </Dialog>
  )
}
