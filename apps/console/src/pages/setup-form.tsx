// The form of a one-click set-up: everything has a default, so that two running instances are all it takes.
import { Checkbox, InputNumber } from 'antd'
import { useId, useState } from 'react'
import { useChange, useInstances, useVSwitches } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { Choose } from '../parts/choose.tsx'
import { Field, WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Loading, PageLink, Panel } from '../parts/page.tsx'
import { words } from '../parts/words.ts'
import { addressProblem, useTaken } from './free-addresses.ts'
import { addressOf, labelOf, nameOf } from './names.ts'

export function SetupForm({ onBegun }: { readonly onBegun: (cluster: string) => void }) {
  const t = useText()
  const id = useId()
  const [vswitchChosen, setVswitch] = useState<string>()
  const [chosen, setChosen] = useState<readonly [string | undefined, string | undefined]>([undefined, undefined])
  const [address, setAddress] = useState('')
  const [bandwidth, setBandwidth] = useState<number | null>(5)
  const [checkPort, setCheckPort] = useState<number | null>(80)
  const [isPreempting, setPreempting] = useState(false)
  const [name, setName] = useState('')
  const change = useChange<{ readonly ClusterId: string }>()
  const vswitches = useVSwitches()
  const all = useInstances({ Status: 'Running' })
  const running = all.data?.Instances.Instance.filter((one) => one.Status === 'Running') ?? []
  const list = vswitches.data?.VSwitches.VSwitch ?? []
  const countIn = (vswitch: string): number => running.filter((one) => one.VpcAttributes.VSwitchId === vswitch).length
  // The first that has what it takes.
  const vswitch = list.find((one) => one.VSwitchId === vswitchChosen) ?? list.find((one) => countIn(one.VSwitchId) >= 2) ?? list[0]
  const choices = running.filter((one) => one.VpcAttributes.VSwitchId === vswitch?.VSwitchId)
  const first = choices.find((one) => one.InstanceId === chosen[0]) ?? choices.find((one) => one.InstanceId !== chosen[1])
  const second = choices.find((one) => one.InstanceId === chosen[1]) ?? choices.find((one) => one.InstanceId !== first?.InstanceId)
  const taken = useTaken(address === '' ? undefined : vswitch?.VSwitchId)
  // An address of IPv6 may be given where the vSwitch has any; it has no public one.
  const isIpv6 = address.includes(':') && (vswitch?.Ipv6CidrBlock ?? '') !== ''
  const block = isIpv6 ? vswitch?.Ipv6CidrBlock : vswitch?.CidrBlock
  const problem = block && address !== '' ? addressProblem(block, address.trim(), taken.data ?? new Set()) : undefined
  if (vswitches.isLoading || all.isLoading) return <Loading />
  const off = !vswitch
    ? t(['Create a VPC, a vSwitch and two instances first.', '请先创建专有网络、交换机和两台实例。'])
    : choices.length < 2
      ? t(['Two running instances of this vSwitch are needed; it has {count}.', '需要该交换机中两台运行中的实例，目前有 {count} 台。'], {
          count: choices.length,
        })
      : first === undefined || second === undefined || first.InstanceId === second.InstanceId
        ? t(['Select two different instances.', '请选择两台不同的实例。'])
        : problem
          ? t(problem.text, problem.values)
          : undefined
  const begin = (): void =>
    change.mutate(
      [
        'havip',
        'CreateHaVipCluster',
        {
          VSwitchId: vswitch?.VSwitchId,
          InstanceId: [first?.InstanceId ?? '', second?.InstanceId ?? ''],
          IpAddress: address.trim() || undefined,
          Bandwidth: isIpv6 ? 0 : (bandwidth ?? 0),
          CheckPort: checkPort ?? 0,
          Preempt: isPreempting,
          Name: name.trim() || undefined,
        },
      ],
      { onSuccess: ({ ClusterId }) => onBegun(ClusterId) },
    )
  const instanceField = (place: 0 | 1, label: string, help: string) => (
    <Field label={label} htmlFor={`${id}-instance-${place}`} help={help}>
      <Choose
        id={`${id}-instance-${place}`}
        value={(place === 0 ? first : second)?.InstanceId}
        onChange={(next) => setChosen(place === 0 ? [next, chosen[1] === next ? undefined : chosen[1]] : [chosen[0], next])}
        choices={choices.map((one) => ({
          value: one.InstanceId,
          text: nameOf(one, one.InstanceId),
          detail: addressOf(one),
          ...(place === 1 && one.InstanceId === first?.InstanceId && { off: t(['is the preferred one', '已选为首选']) }),
        }))}
        empty={<PageLink to="/instances">{t(['No running instance here: create two', '该交换机没有运行中的实例，请先创建两台'])}</PageLink>}
      />
    </Field>
  )
  return (
    <Panel title={t(['What it shall be', '配置'])} hint={t(['Each default can stay as it is', '所有默认值均可保持不变'])}>
      <form
        className="panel-body setup-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (off === undefined && !change.isPending) begin()
        }}
      >
        <Field
          label={t(words.vswitch)}
          htmlFor={`${id}-vswitch`}
          help={t(['Both instances and the address are in it.', '两台实例和地址都位于其中。'])}
        >
          <Choose
            id={`${id}-vswitch`}
            value={vswitch?.VSwitchId}
            onChange={(next) => {
              setVswitch(next)
              setChosen([undefined, undefined])
            }}
            choices={list.map((one) => ({ value: one.VSwitchId, text: labelOf(one.VSwitchName, one.VSwitchId), detail: one.CidrBlock }))}
            empty={<PageLink to="/vswitches">{t(['There is no vSwitch yet: create one', '还没有交换机，请先创建'])}</PageLink>}
          />
        </Field>
        <Field label={t(words.name)} htmlFor={`${id}-name`} help={t(words.optional)}>
          <input id={`${id}-name`} className="input" value={name} maxLength={128} onChange={(event) => setName(event.target.value)} />
        </Field>
        {instanceField(0, t(['Preferred instance', '首选实例']), t(['It has the address to begin with.', '初始时持有该地址。']))}
        {instanceField(1, t(['Standby instance', '备用实例']), t(['It takes over when the other fails.', '在首选实例故障时接管。']))}
        <Field
          label={t(words.privateAddress)}
          htmlFor={`${id}-address`}
          wrong={problem && t(problem.text, problem.values)}
          help={t(['Empty: an idle one is assigned.', '留空则自动分配空闲地址。'])}
        >
          <input
            id={`${id}-address`}
            className="input mono"
            autoComplete="off"
            spellCheck={false}
            placeholder={t(['automatic', '自动分配'])}
            value={address}
            aria-invalid={problem !== undefined}
            onChange={(event) => setAddress(event.target.value)}
          />
        </Field>
        <Field
          label={t(['EIP bandwidth, Mbit/s', '弹性公网IP带宽（Mbit/s）'])}
          htmlFor={`${id}-bandwidth`}
          help={t(['0: no EIP.', '0 表示不分配弹性公网IP。'])}
        >
          <InputNumber
            id={`${id}-bandwidth`}
            min={0}
            max={500}
            precision={0}
            value={bandwidth}
            onChange={setBandwidth}
            style={{ width: '100%' }}
          />
        </Field>
        <Field
          label={t(['Port of the service to check', '要检查的服务端口'])}
          htmlFor={`${id}-check`}
          help={t([
            'An instance whose service does not answer there gives the address up. 0: no check.',
            '该端口无应答的实例会让出地址。0 表示不检查。',
          ])}
        >
          <InputNumber
            id={`${id}-check`}
            min={0}
            max={65_535}
            precision={0}
            value={checkPort}
            onChange={setCheckPort}
            style={{ width: '100%' }}
          />
        </Field>
        <div className="field">
          <Checkbox checked={isPreempting} onChange={(event) => setPreempting(event.target.checked)}>
            {t(['The preferred instance takes the address back when it returns', '首选实例恢复后收回地址'])}
          </Checkbox>
          <span className="help">
            {t(['Off: the address stays where it is, so each fault moves it once.', '关闭时地址保持不动，每次故障只切换一次。'])}
          </span>
        </div>
        <div className="setup-go">
          <WhyButton type="primary" htmlType="submit" off={off} loading={change.isPending}>
            {t(['Set up', '一键搭建'])}
          </WhyButton>
          {off !== undefined && <span className="quiet small">{off}</span>}
        </div>
        {change.error && <FaultNote error={change.error} />}
      </form>
    </Panel>
  )
}
