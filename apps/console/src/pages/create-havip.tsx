// The Create HaVip dialog, with the tutorial's fields and no others.
import { Radio } from 'antd'
import { useId, useState } from 'react'
import { useChange, useRegions, useVpcs, useVSwitches } from '../api/queries.ts'
import type { IpVersion } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { Choose } from '../parts/choose.tsx'
import { Dialog, Field } from '../parts/controls.tsx'
import { PageLink } from '../parts/page.tsx'
import { words } from '../parts/words.ts'
import { useRegion } from '../shell/address.ts'
import { addressProblem, freeAddresses, useTaken } from './free-addresses.ts'
import { labelOf } from './names.ts'

const freeShown = 8

export function CreateHavip({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return isOpen ? <Open onClose={onClose} /> : null
}

function Open({ onClose }: { readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const region = useRegion()
  const regions = useRegions()
  const [vpcChosen, setVpc] = useState<string>()
  const [vswitchChosen, setVswitch] = useState<string>()
  const [isAutomatic, setAutomatic] = useState(true)
  const [address, setAddress] = useState('')
  const [versionChosen, setVersion] = useState<IpVersion>('IPV4')
  const change = useChange()
  const vpcs = useVpcs()
  const vpcList = vpcs.data?.Vpcs.Vpc ?? []
  // With one of a kind there is nothing to choose.
  const vpc = vpcChosen ?? (vpcList.length === 1 ? vpcList[0]?.VpcId : undefined)
  const vswitches = useVSwitches({ VpcId: vpc }, { enabled: vpc !== undefined })
  const list = vpc === undefined ? [] : (vswitches.data?.VSwitches.VSwitch ?? []).filter((one) => one.VpcId === vpc)
  const vswitch = list.find((one) => one.VSwitchId === vswitchChosen) ?? (list.length === 1 ? list[0] : undefined)
  // Only where there is something to choose: a vSwitch without IPv6 has the tutorial's fields.
  const hasIpv6 = (vswitch?.Ipv6CidrBlock ?? '') !== ''
  const version = hasIpv6 ? versionChosen : 'IPV4'
  const block = version === 'IPV6' ? vswitch?.Ipv6CidrBlock : vswitch?.CidrBlock
  const taken = useTaken(isAutomatic ? undefined : vswitch?.VSwitchId)
  const problem = !isAutomatic && block && address !== '' ? addressProblem(block, address.trim(), taken.data ?? new Set()) : undefined
  const local = regions.data?.Regions.Region.find((one) => one.RegionId === region)?.LocalName

  const off =
    vpc === undefined
      ? t(['Select a VPC first.', '请先选择专有网络。'])
      : vswitch === undefined
        ? t(['Select a vSwitch first.', '请先选择交换机。'])
        : !isAutomatic && address === ''
          ? t(['Enter an idle private IP address.', '请输入一个空闲的私网 IP 地址。'])
          : problem
            ? t(problem.text, problem.values)
            : undefined
  const create = (): void =>
    change.mutate(
      [
        'vpc',
        'CreateHaVip',
        {
          VSwitchId: vswitch?.VSwitchId,
          IpVersion: version === 'IPV6' ? version : undefined,
          IpAddress: isAutomatic ? undefined : address.trim(),
        },
      ],
      { onSuccess: onClose },
    )

  return (
    <Dialog
      title={t(['Create HaVip', '创建高可用虚拟IP'])}
      isOpen
      onClose={onClose}
      onOk={create}
      isBusy={change.isPending}
      error={change.error}
      off={off}
    >
      <Field label={t(words.region)}>
        <span>{local ? `${local} · ${region}` : region}</span>
      </Field>
      <Field label={t(words.vpc)} htmlFor={`${id}-vpc`}>
        <Choose
          id={`${id}-vpc`}
          isLoading={vpcs.isLoading}
          value={vpc}
          onChange={(next) => {
            setVpc(next)
            setVswitch(undefined)
          }}
          choices={vpcList.map((one) => ({ value: one.VpcId, text: labelOf(one.VpcName, one.VpcId), detail: one.CidrBlock }))}
          empty={<PageLink to="/vpcs">{t(['There is no VPC yet: create one', '还没有专有网络，请先创建'])}</PageLink>}
        />
      </Field>
      <Field label={t(words.vswitch)} htmlFor={`${id}-vswitch`}>
        <Choose
          id={`${id}-vswitch`}
          isLoading={vswitches.isFetching && list.length === 0}
          value={vswitch?.VSwitchId}
          onChange={setVswitch}
          placeholder={vpc === undefined ? t(['Select a VPC first', '请先选择专有网络']) : t(['Select', '请选择'])}
          choices={list.map((one) => ({ value: one.VSwitchId, text: labelOf(one.VSwitchName, one.VSwitchId), detail: one.CidrBlock }))}
          empty={
            vpc === undefined ? (
              t(['Select a VPC first', '请先选择专有网络'])
            ) : (
              <PageLink to="/vswitches">{t(['This VPC has no vSwitch yet: create one', '该专有网络还没有交换机，请先创建'])}</PageLink>
            )
          }
        />
      </Field>
      <Field label={t(['vSwitch CIDR Block', '交换机网段'])}>
        <span className={vswitch ? 'mono' : 'quiet'}>{block ?? t(['Shown when a vSwitch is selected', '选择交换机后显示'])}</span>
      </Field>
      {hasIpv6 && (
        <Field label={t(words.ipVersion)}>
          <Radio.Group
            aria-label={t(words.ipVersion)}
            value={version}
            onChange={(event) => {
              setVersion(event.target.value as IpVersion)
              setAddress('')
            }}
            options={[
              { value: 'IPV4', label: 'IPv4' },
              { value: 'IPV6', label: 'IPv6' },
            ]}
          />
        </Field>
      )}
      <Field
        label={t(['Whether to automatically assign private IP addresses', '是否自动分配私网 IP 地址'])}
        help={
          isAutomatic
            ? t([
                'The system allocates an idle private IP address from the vSwitch CIDR block.',
                '系统从交换机网段中自动分配一个空闲的私网 IP 地址。',
              ])
            : undefined
        }
      >
        <Radio.Group
          aria-label={t(['Whether to automatically assign private IP addresses', '是否自动分配私网 IP 地址'])}
          value={isAutomatic}
          onChange={(event) => setAutomatic(event.target.value === true)}
          options={[
            { value: true, label: t(['Yes', '是']) },
            { value: false, label: t(['No', '否']) },
          ]}
        />
      </Field>
      {!isAutomatic && (
        <Field
          label={t(words.privateAddress)}
          htmlFor={`${id}-address`}
          wrong={problem && t(problem.text, problem.values)}
          help={
            address === ''
              ? t(['Enter an idle private IP address from the vSwitch CIDR block.', '请输入交换机网段内一个空闲的私网 IP 地址。'])
              : vswitch && <span style={{ color: 'var(--good)' }}>{t(['This address is free.', '该地址空闲。'])}</span>
          }
        >
          <input
            id={`${id}-address`}
            className="input mono"
            autoComplete="off"
            spellCheck={false}
            value={address}
            aria-invalid={problem !== undefined}
            onChange={(event) => setAddress(event.target.value)}
          />
        </Field>
      )}
      {!isAutomatic && vswitch && block && taken.data && (
        <div className="stack" style={{ gap: 8 }}>
          <span className="quiet small">
            {version === 'IPV6'
              ? t(['Free, for example:', '空闲地址，例如：'])
              : t(['{count} addresses are free, the first of them:', '共有 {count} 个空闲地址，其中：'], {
                  count: vswitch.AvailableIpAddressCount,
                })}
          </span>
          <div className="free">
            {freeAddresses(block, taken.data, freeShown).map((one) => (
              <button key={one} type="button" onClick={() => setAddress(one)}>
                {one}
              </button>
            ))}
          </div>
        </div>
      )}
    </Dialog>
  )
}
