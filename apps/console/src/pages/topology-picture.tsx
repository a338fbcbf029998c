// The picture itself: boxes for networks, cards for what is in them, lines for who may and who does.
import '@xyflow/react/dist/style.css'
import { Background, BackgroundVariant, Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react'
import { createContext, use, useRef } from 'react'
import type { Eip, Havip, HavipOwners, Instance, Vpc, VSwitch } from '../api/types.ts'
import { usePreferences, useText } from '../i18n/text.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { PageLink } from '../parts/page.tsx'
import { Age } from '../parts/time.tsx'
import type { AdvertFlow } from './advert-flow.ts'
import { addressOf, labelOf } from './names.ts'

type PictureProps = {
  readonly vpc: Vpc
  readonly vswitches: readonly VSwitch[]
  readonly instances: readonly Instance[]
  readonly havips: readonly Havip[]
  readonly eips: readonly Eip[]
  readonly owners: readonly HavipOwners[]
  readonly at: number
  readonly flows: readonly AdvertFlow[]
}

type Card = {
  readonly title: string
  readonly detail: string
  readonly kind: string
  readonly tone: Tone
  readonly to?: string
  /** How long ago it was announced, when it is an owner. */
  readonly lastSeenMs?: number
  readonly isOwner?: boolean
}
type CardNode = Node<Card & Record<string, unknown>, 'card'>
type BoxNode = Node<{ readonly title: string; readonly detail: string }, 'box'>

const card = { width: 244, height: 92 }
const gap = 24
const head = 46
const eipTop = 110
/** Below the instances, for the adverts between them. */
const advertRoom = 40

const ToldAt = createContext(0)

function CardView({ data }: NodeProps<CardNode>) {
  const at = use(ToldAt)
  const announcements = useAnnouncements(data.lastSeenMs === undefined ? undefined : at - data.lastSeenMs)
  return (
    <div className={`card ${data.isOwner ? 'owner' : ''}`} style={card}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <span className="card-kind">{data.kind}</span>
      <Mark tone={data.tone}>{data.to ? <PageLink to={data.to}>{data.title}</PageLink> : data.title}</Mark>
      <span className="mono small quiet">
        {data.detail}
        {data.lastSeenMs !== undefined && (
          <>
            {' · '}
            <Age ms={data.lastSeenMs} at={at} />
          </>
        )}
      </span>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
      {/* Adverts go from card to card below them. */}
      <Handle id="heard" type="target" position={Position.Bottom} isConnectable={false} />
      {announcements > 0 && <Announced key={announcements} />}
    </div>
  )
}
/** The answers' ages are a little apart; announcements that follow each other closer than this are one burst. */
const burstMs = 700

/** Counts them as they are told of. @param lastAt when the last one was, as Date.now(); undefined: it has not the address */
function useAnnouncements(lastAt: number | undefined): number {
  const seen = useRef({ at: lastAt, count: 0 })
  if (lastAt !== undefined && lastAt > (seen.current.at ?? 0) + burstMs) seen.current = { at: lastAt, count: seen.current.count + 1 }
  return seen.current.count
}

/** A ring that spreads once: the address was just announced. */
const Announced = () => <span className="announced" aria-hidden="true" />

function BoxView({ data }: NodeProps<BoxNode>) {
  return (
    <div className="box">
      <strong>{data.title}</strong> <span className="mono small quiet">{data.detail}</span>
    </div>
  )
}
const nodeTypes = { card: CardView, box: BoxView }

const instanceTone = (instance: Instance): Tone => (instance.Status === 'Running' ? 'good' : instance.Status === 'Stopped' ? 'off' : 'busy')

export default function TopologyPicture(props: PictureProps) {
  const t = useText()
  const { appearance } = usePreferences()
  const { nodes, edges, width, height } = draw(props, {
    internet: t(['The Internet', '公网']),
    eip: t(['EIP', '弹性公网IP']),
    havip: 'HaVip',
    instance: t(['ECS instance', 'ECS 实例']),
    vpc: t(['VPC', '专有网络']),
    vswitch: t(['vSwitch', '交换机']),
    clients: t(['clients', '客户端']),
    advert: t(['advert every {time}', '每 {time} 一次通告']),
    silent: t(['no advert is heard', '未收到通告']),
  })
  return (
    <ToldAt value={props.at}>
      <ReactFlow
        key={`${width} ${height}`}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={appearance}
        fitView
        fitViewOptions={{ padding: 0.06, maxZoom: 1.1 }}
        minZoom={0.25}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        preventScrolling={false}
        zoomOnScroll={false}
        aria-label={t(['Topology', '拓扑'])}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </ToldAt>
  )
}

type Names = Readonly<Record<'internet' | 'eip' | 'havip' | 'instance' | 'vpc' | 'vswitch' | 'clients' | 'advert' | 'silent', string>>

function draw({ vpc, vswitches, instances, havips, eips, owners, flows }: PictureProps, names: Names) {
  const nodes: (CardNode | BoxNode)[] = []
  const edges: Edge[] = []
  const addCard = (id: string, x: number, y: number, data: Card, parentId?: string): void => {
    nodes.push({
      id,
      type: 'card',
      position: { x, y },
      data: { ...data },
      ...(parentId && { parentId }),
      width: card.width,
      height: card.height,
    })
  }
  const line = (from: string, to: string, isPath: boolean): void => {
    edges.push({
      id: `${from} ${to}`,
      source: from,
      target: to,
      animated: isPath,
      className: isPath ? 'path' : 'may',
      type: 'smoothstep',
      zIndex: isPath ? 2 : 1,
    })
  }

  const inside = new Set([...havips.map((one) => one.HaVipId), ...instances.map((one) => one.InstanceId)])
  const bound = eips.filter((one) => inside.has(one.InstanceId))
  const boxTop = bound.length > 0 ? eipTop + card.height + 64 : card.height + 48
  const rowWidth = (count: number): number => Math.max(1, count) * (card.width + gap) - gap
  let x = gap
  const inner: number[] = []
  for (const vswitch of vswitches) {
    const here = instances.filter((one) => one.VpcAttributes.VSwitchId === vswitch.VSwitchId)
    const virtual = havips.filter((one) => one.VSwitchId === vswitch.VSwitchId)
    const width = Math.max(rowWidth(here.length), rowWidth(virtual.length)) + 2 * gap
    const havipTop = head
    const instanceTop = virtual.length > 0 ? head + card.height + 72 : head
    const height = instanceTop + card.height + gap + (flows.length > 0 ? advertRoom : 0)
    nodes.push({
      id: vswitch.VSwitchId,
      type: 'box',
      parentId: vpc.VpcId,
      position: { x, y: head },
      width,
      height,
      data: { title: `${names.vswitch} ${labelOf(vswitch.VSwitchName, vswitch.VSwitchId)}`, detail: vswitch.CidrBlock },
    })
    inner.push(height)
    const left = (count: number): number => (width - rowWidth(count)) / 2
    for (const [i, havip] of virtual.entries()) {
      const fact = owners.find((one) => one.HaVipId === havip.HaVipId)
      const owner = fact?.Owners[0]?.InstanceId ?? ''
      const bound = havip.AssociatedInstances.associatedInstance
      const tone: Tone = owner !== '' ? 'address' : bound.length > 0 ? 'bad' : 'off'
      addCard(
        havip.HaVipId,
        left(virtual.length) + i * (card.width + gap),
        havipTop,
        { kind: names.havip, title: havip.IpAddress, detail: havip.Name || havip.Status, tone, to: `/havips/${havip.HaVipId}` },
        vswitch.VSwitchId,
      )
      for (const id of bound) line(havip.HaVipId, id, id === owner)
    }
    for (const [i, instance] of here.entries()) {
      const owned = owners.find((one) => one.Owners[0]?.InstanceId === instance.InstanceId)?.Owners[0]
      addCard(
        instance.InstanceId,
        left(here.length) + i * (card.width + gap),
        instanceTop,
        {
          kind: names.instance,
          title: labelOf(instance.InstanceName, instance.InstanceId),
          detail: addressOf(instance),
          tone: owned ? 'address' : instanceTone(instance),
          to: `/instances/${instance.InstanceId}`,
          ...(owned && { isOwner: true, lastSeenMs: owned.LastSeenMs ?? 0 }),
        },
        vswitch.VSwitchId,
      )
    }
    x += width + gap
  }
  const width = Math.max(x, card.width + 2 * gap)
  const height = boxTop + head + Math.max(80, ...inner) + gap
  const box: BoxNode = {
    id: vpc.VpcId,
    type: 'box',
    position: { x: 0, y: boxTop },
    width,
    height: height - boxTop,
    data: { title: `${names.vpc} ${labelOf(vpc.VpcName, vpc.VpcId)}`, detail: vpc.CidrBlock },
  }
  addCard('internet', (width - card.width) / 2, 0, { kind: names.clients, title: names.internet, detail: '0.0.0.0/0', tone: 'good' })
  for (const [i, eip] of bound.entries()) {
    addCard(eip.AllocationId, (width - rowWidth(bound.length)) / 2 + i * (card.width + gap), eipTop + 16, {
      kind: names.eip,
      title: eip.IpAddress,
      detail: `${eip.Bandwidth} Mbit/s`,
      tone: eip.Status === 'InUse' ? 'good' : 'busy',
      to: '/eips',
    })
    const fact = owners.find((one) => one.HaVipId === eip.InstanceId)
    const isPath = eip.InstanceType !== 'HaVip' || (fact?.Owners[0]?.InstanceId ?? '') !== ''
    line('internet', eip.AllocationId, isPath)
    line(eip.AllocationId, eip.InstanceId, isPath)
  }
  for (const { havip, from, to, intervalMs, isHeard } of flows) {
    const seconds = `${intervalMs / 1000} s`
    edges.push({
      id: `${havip} ${from} ${to} adverts`,
      source: from,
      target: to,
      targetHandle: 'heard',
      type: 'smoothstep',
      className: isHeard ? 'advert' : 'advert silent',
      label: isHeard ? names.advert.replace('{time}', seconds) : names.silent,
      style: { animationDuration: `${intervalMs}ms` },
      zIndex: 2,
    })
  }
  // A parent has to come before what is in it.
  return { nodes: [box, ...nodes], edges, width, height }
}
