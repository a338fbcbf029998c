// Instances: all of a region, and the dialog that creates some.
import { Button, Checkbox } from 'antd'
import { useId, useState } from 'react'
import { pageSize, useApi, useChange, useInstances, useVpcs, useVSwitches } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { Choose } from '../parts/choose.tsx'
import { Dialog, Field, WhyButton } from '../parts/controls.tsx'
import { Status } from '../parts/mark.tsx'
import { PageLink } from '../parts/page.tsx'
import { ResourcePage } from '../parts/resource-page.tsx'
import { NameAndId, usePageNumber } from '../parts/table.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useRegion, useSetAddress } from '../shell/address.ts'
import { toBase64 } from './instance-files.ts'
import { addressOf, labelOf } from './names.ts'
import { Power } from './power.tsx'
import { webUserData } from './web-user-data.ts'

export default function Instances() {
  const t = useText()
  const { dialog, vswitch } = useAddress()
  const setAddress = useSetAddress()
  const page = usePageNumber()
  const answer = useInstances({ VSwitchId: vswitch }, { page, size: pageSize })
  return (
    <ResourcePage
      title={t(['Instances', '实例'])}
      lead={t(['ECS instances: machines with an address in a vSwitch.', 'ECS 实例：在交换机中拥有地址的机器。'])}
      listTitle={t(['Instances of this region', '本地域的实例'])}
      listActions={
        vswitch && (
          <Button size="small" onClick={() => setAddress({ vswitch: undefined })}>
            {t(['Show all', '显示全部'])}
          </Button>
        )
      }
      actions={
        <WhyButton type="primary" onClick={() => setAddress({ dialog: 'create' }, { push: true })}>
          {t(['Create instance', '创建实例'])}
        </WhyButton>
      }
      answer={answer}
      rows={answer.data?.Instances.Instance ?? []}
      total={answer.data?.TotalCount}
      idOf={(one) => one.InstanceId}
      empty={{
        title: t(['No instance yet', '还没有实例']),
        text: t([
          'Create two in the same vSwitch: a primary and a secondary for your service.',
          '在同一交换机中创建两台实例，作为服务的主、备节点。',
        ]),
      }}
      columns={[
        {
          title: t(['Name / ID', '名称 / ID']),
          cell: (one) => <NameAndId name={one.InstanceName} id={one.InstanceId} to={`/instances/${one.InstanceId}`} />,
        },
        { title: t(words.status), cell: (one) => <Status of={one.Status} /> },
        { title: t(words.privateAddress), cell: (one) => <span className="mono">{addressOf(one)}</span> },
        {
          title: t(words.eip),
          cell: (one) =>
            one.EipAddress.IpAddress ? (
              <span className="mono">{one.EipAddress.IpAddress}</span>
            ) : (
              <span className="quiet">{t(words.none)}</span>
            ),
        },
        {
          title: t(['Type', '规格']),
          cell: (one) => (
            <span className="stack">
              <span>{one.InstanceType}</span>
              <span className="quiet small nowrap">
                {one.Cpu} vCPU · {one.Memory / 1024} GiB
              </span>
            </span>
          ),
        },
        {
          title: t(words.actions),
          align: 'end',
          cell: (one) => <Power instance={one} isShort />,
        },
      ]}
    >
      {dialog === 'create' && <CreateInstance onClose={() => setAddress({ dialog: undefined })} />}
    </ResourcePage>
  )
}

type Images = {
  readonly Images: { readonly Image: readonly { readonly ImageId: string; readonly ImageName: string; readonly OSName: string }[] }
}
type Types = {
  readonly InstanceTypes: {
    readonly InstanceType: readonly { readonly InstanceTypeId: string; readonly CpuCoreCount: number; readonly MemorySize: number }[]
  }
}

function CreateInstance({ onClose }: { readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const RegionId = useRegion()
  const images = useApi<Images>('ecs', 'DescribeImages', { RegionId, PageSize: 100 })
  const types = useApi<Types>('ecs', 'DescribeInstanceTypes', { RegionId })
  const vswitches = useVSwitches()
  const vpcs = useVpcs()
  const [image, setImage] = useState<string>()
  const [type, setType] = useState<string>()
  const [vswitch, setVswitch] = useState<string>()
  const [name, setName] = useState('')
  const [address, setAddress] = useState('')
  const [amount, setAmount] = useState('1')
  const [isReady, setReady] = useState(true)
  const change = useChange()
  const imageList = images.data?.Images.Image ?? []
  const typeList = types.data?.InstanceTypes.InstanceType ?? []
  const list = vswitches.data?.VSwitches.VSwitch ?? []
  const chosen = {
    image: image ?? imageList[0]?.ImageId,
    type: type ?? typeList[0]?.InstanceTypeId,
    vswitch: vswitch ?? (list.length === 1 ? list[0]?.VSwitchId : undefined),
  }
  const cidr = list.find((one) => one.VSwitchId === chosen.vswitch)?.CidrBlock
  const isAmount = /^[1-9]\d?$|^100$/.test(amount)
  const off =
    chosen.vswitch === undefined
      ? t(['Select a vSwitch first.', '请先选择交换机。'])
      : isAmount
        ? undefined
        : t(['Enter how many, 1 to 100.', '请输入数量，1 至 100。'])
  const create = (): void =>
    change.mutate(
      [
        'ecs',
        'RunInstances',
        {
          ImageId: chosen.image,
          InstanceType: chosen.type,
          VSwitchId: chosen.vswitch,
          InstanceName: name || undefined,
          HostName: /^[a-zA-Z0-9-]{2,63}$/.test(name) && amount === '1' ? name.toLowerCase() : undefined,
          PrivateIpAddress: address || undefined,
          Amount: amount,
          UserData: isReady ? toBase64(webUserData(amount === '1' && name !== '' ? name : undefined)) : undefined,
        },
      ],
      { onSuccess: onClose },
    )
  return (
    <Dialog
      title={t(['Create instance', '创建实例'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={off}
      onOk={create}
    >
      <Field label={t(words.vswitch)} htmlFor={`${id}-vswitch`}>
        <Choose
          id={`${id}-vswitch`}
          value={chosen.vswitch}
          onChange={setVswitch}
          isLoading={vswitches.isLoading}
          choices={list.map((one) => ({
            value: one.VSwitchId,
            text: `${labelOf(one.VSwitchName, one.VSwitchId)} · ${vpcs.data?.Vpcs.Vpc.find((vpc) => vpc.VpcId === one.VpcId)?.VpcName || one.VpcId}`,
            detail: one.CidrBlock,
          }))}
          empty={<PageLink to="/vswitches">{t(['There is no vSwitch yet: create one', '还没有交换机，请先创建'])}</PageLink>}
        />
      </Field>
      <Field label={t(['Image', '镜像'])} htmlFor={`${id}-image`}>
        <Choose
          id={`${id}-image`}
          value={chosen.image}
          onChange={setImage}
          choices={imageList.map((one) => ({ value: one.ImageId, text: one.OSName || one.ImageName, detail: one.ImageId }))}
        />
      </Field>
      <Field label={t(['Instance type', '实例规格'])} htmlFor={`${id}-type`}>
        <Choose
          id={`${id}-type`}
          value={chosen.type}
          onChange={setType}
          choices={typeList.map((one) => ({
            value: one.InstanceTypeId,
            text: one.InstanceTypeId,
            detail: `${one.CpuCoreCount} vCPU, ${one.MemorySize} GiB`,
          }))}
        />
      </Field>
      <div className="columns" style={{ gap: 16 }}>
        <Field label={t(words.name)} htmlFor={`${id}-name`} help={t(words.optional)}>
          <input id={`${id}-name`} className="input" value={name} maxLength={128} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t(['How many', '数量'])} htmlFor={`${id}-amount`}>
          <input
            id={`${id}-amount`}
            className="input"
            inputMode="numeric"
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        </Field>
      </div>
      <Field
        label={t(words.privateAddress)}
        htmlFor={`${id}-address`}
        help={
          cidr
            ? t(['A free one of {cidr}; left empty, the system allocates one.', '{cidr} 中的空闲地址；留空则由系统分配。'], { cidr })
            : t(['Left empty, the system allocates one.', '留空则由系统分配。'])
        }
      >
        <input
          id={`${id}-address`}
          className="input mono"
          spellCheck={false}
          value={address}
          onChange={(event) => setAddress(event.target.value.trim())}
        />
      </Field>
      <div className="field">
        <Checkbox checked={isReady} onChange={(event) => setReady(event.target.checked)}>
          {t(['Deploy NGINX; its page says which instance it is', '部署 NGINX，其页面会标明所在实例'])}
        </Checkbox>
        <span className="help">
          {t(['As the tutorial’s prerequisites ask for. Off: an instance with nothing running.', '满足教程的前提条件。关闭则创建空实例。'])}
        </span>
      </div>
    </Dialog>
  )
}
