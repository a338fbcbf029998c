// keepalived.conf of an instance: written with help, checked as one types and against the other node, rehearsed, applied, taken back.
import { EditorView } from '@codemirror/view'
import { checkSet, type Diagnostic, mayStart } from '@havip/conf'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { useDaemon, useHavips, useInstances } from '../api/queries.ts'
import type { Havip, Instance } from '../api/types.ts'
import { type Speak, useText } from '../i18n/text.tsx'
import { Dialog, WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Empty, Loading, Panel } from '../parts/page.tsx'
import { useAddress, useRegion, useSetAddress } from '../shell/address.ts'
import { CodeEditor } from './code-editor.tsx'
import { parse } from './configuration-language.ts'
import { Problems } from './configuration-problems.tsx'
import { applyConfiguration, configPath, type Ran, readConfiguration, rollBackConfiguration, startKeepalived } from './instance-files.ts'
import { nameOf } from './names.ts'
import { Rehearsal } from './rehearsal.tsx'
import { starterConfiguration } from './starter-configuration.ts'

type EditorProps = { readonly instance: Instance }

const useFile = (instance: string | undefined, isRunning: boolean) => {
  const region = useRegion()
  return useQuery({
    queryKey: ['file', configPath, region, instance],
    // Null stands for a file that is not there: a query has to give something.
    queryFn: async () => (await readConfiguration(region, instance ?? '')) ?? null,
    enabled: instance !== undefined && isRunning,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  })
}

export default function ConfigurationEditor({ instance }: EditorProps) {
  const t = useText()
  const isRunning = instance.Status === 'Running'
  const file = useFile(instance.InstanceId, isRunning)
  if (!isRunning) {
    return (
      <Empty
        title={t(['The file cannot be read now', '暂时无法读取文件'])}
        text={t(['The instance is {status}; start it to read and change its files.', '实例状态为 {status}，请启动后再读取或修改文件。'], {
          status: instance.Status,
        })}
      />
    )
  }
  if (file.error) return <FaultNote error={file.error} onRetry={() => void file.refetch()} />
  if (file.data === undefined) return <Loading />
  return <Loaded instance={instance} file={file.data} />
}

/** Instances of the same vSwitch, those bound to the same HaVip first; and that HaVip, or the first of the vSwitch. */
function usePartners(instance: Instance): { readonly peers: readonly Instance[]; readonly havip: Havip | undefined } {
  const instances = useInstances({ VSwitchId: instance.VpcAttributes.VSwitchId })
  const havips = useHavips([{ Key: 'VSwitchId', Value: [instance.VpcAttributes.VSwitchId] }])
  const all = havips.data?.HaVips.HaVip ?? []
  const own = all.filter((one) => one.AssociatedInstances.associatedInstance.includes(instance.InstanceId))
  const partners = new Set(own.flatMap((one) => one.AssociatedInstances.associatedInstance))
  const others =
    instances.data?.Instances.Instance.filter((one) => one.InstanceId !== instance.InstanceId && one.Status === 'Running') ?? []
  return {
    peers: [...others].sort((a, b) => Number(partners.has(b.InstanceId)) - Number(partners.has(a.InstanceId))),
    havip: own[0] ?? all[0],
  }
}

type View = 'edit' | 'compare' | 'simulate'
type Work = 'apply' | 'back' | 'start'

const workers: Readonly<Record<Work, (region: string, instance: string, text: string) => Promise<Ran>>> = {
  apply: applyConfiguration,
  back: rollBackConfiguration,
  start: startKeepalived,
}

/** What became of a file that was written, by what the daemon answered. */
function toldBy(output: string, t: Speak): { readonly tone: Tone; readonly text: string } {
  if (output.includes('not-running')) {
    return {
      tone: 'good',
      text: t([
        'Written. keepalived does not run yet: start it here, or with systemctl start keepalived in the terminal.',
        '已写入。keepalived 尚未运行：请在此启动，或在终端执行 systemctl start keepalived。',
      ]),
    }
  }
  const refusal = /"accepted":false,"message":("(?:[^"\\]|\\.)*")/.exec(output)?.[1]
  if (refusal !== undefined) {
    return {
      tone: 'warn',
      text: t(['Written, but keepalived goes on with its old configuration: {why}', '已写入，但 keepalived 仍使用旧配置：{why}'], {
        why: String(JSON.parse(refusal)),
      }),
    }
  }
  return { tone: 'good', text: t(['Written, and keepalived has loaded it.', '已写入，keepalived 已重新加载。']) }
}

function Loaded({ instance, file }: EditorProps & { readonly file: string | null }) {
  const t = useText()
  const region = useRegion()
  const queries = useQueryClient()
  const { peer: peerChosen, kind } = useAddress()
  const setAddress = useSetAddress()
  const view: View = kind === 'compare' || kind === 'simulate' ? kind : 'edit'
  const { peers, havip } = usePartners(instance)
  const peer = peers.find((one) => one.InstanceId === peerChosen) ?? peers[0]
  const peerFile = useFile(peer?.InstanceId, peer !== undefined)
  const hostName = instance.HostName || instance.InstanceId
  const [text, setText] = useState(file ?? '')
  const [result, setResult] = useState<{ readonly tone: Tone; readonly text: string }>()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState<Work>()
  const daemon = useDaemon(instance.InstanceId)
  const [isAsked, setAsked] = useState(false)
  const editor = useRef<EditorView>(null)
  const parsed = useMemo(() => parse(text, hostName), [text, hostName])
  const peerText = peerFile.data ?? undefined
  const peerName = peer && nameOf(peer, peer.InstanceId)
  const set = useMemo(() => {
    if (!peer || peerText === undefined) return []
    const other = parse(peerText, peer.HostName || peer.InstanceId)
    return checkSet([
      { name: nameOf(instance, instance.InstanceId), configuration: parsed.configuration },
      { name: nameOf(peer, peer.InstanceId), configuration: other.configuration },
    ])
  }, [parsed, peerText, peer, instance])
  const isChanged = text !== (file ?? '')
  const canStart = mayStart(parsed.diagnostics)

  const work = async (kindOfWork: Work): Promise<void> => {
    setBusy(kindOfWork)
    setError(undefined)
    setResult(undefined)
    try {
      const ran = await workers[kindOfWork](region, instance.InstanceId, text)
      if (ran.status !== 0 || ran.problem !== '') throw new Error(ran.problem || ran.output.trim() || `status ${ran.status}`)
      setResult(kindOfWork === 'start' ? { tone: 'good', text: t(['keepalived runs.', 'keepalived 已启动。']) } : toldBy(ran.output, t))
      void daemon.refetch()
      const now = (await readConfiguration(region, instance.InstanceId)) ?? null
      queries.setQueryData(['file', configPath, region, instance.InstanceId], now)
      const view = editor.current
      if (view) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: now ?? '' } })
      setText(now ?? '')
    } catch (fault) {
      setError(fault)
    } finally {
      setBusy(undefined)
      setAsked(false)
    }
  }
  const begin = (): void => {
    if (!peer || !havip) return
    const start = starterConfiguration(instance, peer, havip.IpAddress)
    editor.current?.dispatch({ changes: { from: 0, to: editor.current.state.doc.length, insert: start } })
  }
  const go = (diagnostic: Diagnostic): void => {
    const at = Math.min(diagnostic.at.start, editor.current?.state.doc.length ?? 0)
    editor.current?.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) })
    editor.current?.focus()
  }
  const views: readonly (readonly [View, string])[] = [
    ['edit', t(['Edit', '编辑'])],
    ['compare', t(['Compare', '对比'])],
    ['simulate', t(['Simulate', '仿真'])],
  ]
  return (
    <>
      <div className="row" style={{ justifyContent: 'space-between', gap: 16 }}>
        <fieldset className="switch">
          <legend className="hidden">{t(['View', '视图'])}</legend>
          {views.map(([key, label]) => (
            <button
              key={key}
              type="button"
              aria-pressed={view === key}
              onClick={() => setAddress({ kind: key === 'edit' ? undefined : key })}
            >
              {label}
            </button>
          ))}
        </fieldset>
        <div className="actions">
          {daemon.data?.Status === null && (
            <WhyButton
              loading={busy === 'start'}
              off={
                busy && busy !== 'start'
                  ? t(['Wait a moment.', '请稍候。'])
                  : file === null
                    ? t(['Write and apply a keepalived.conf first.', '请先编写并应用 keepalived.conf。'])
                    : isChanged
                      ? t(['Apply what you changed first.', '请先应用更改。'])
                      : undefined
              }
              onClick={() => void work('start')}
            >
              {t(['Start keepalived', '启动 keepalived'])}
            </WhyButton>
          )}
          <WhyButton off={busy ? t(['Wait a moment.', '请稍候。']) : undefined} loading={busy === 'back'} onClick={() => void work('back')}>
            {t(['Roll back', '回滚'])}
          </WhyButton>
          <WhyButton
            type="primary"
            loading={busy === 'apply'}
            off={!isChanged ? t(['Nothing has been changed.', '没有更改。']) : undefined}
            onClick={() => (canStart ? void work('apply') : setAsked(true))}
          >
            {t(['Apply', '应用'])}
          </WhyButton>
        </div>
      </div>
      {error !== undefined && <FaultNote error={error} />}
      {result && (
        <div className={`note ${result.tone}`} role="status">
          <Mark tone={result.tone} />
          <p>{result.text}</p>
        </div>
      )}
      {file === null && text === '' && (
        <div className="note">
          <Mark tone="off" />
          <p>
            {t([
              'There is no keepalived.conf yet. Write one, or begin with the tutorial’s.',
              '还没有 keepalived.conf。可自行编写，或从教程配置开始。',
            ])}
          </p>
          <WhyButton
            size="small"
            off={
              !havip
                ? t(['Create a HaVip in this vSwitch first.', '请先在该交换机中创建高可用虚拟IP。'])
                : !peer
                  ? t(['It needs a second running instance in this vSwitch.', '该交换机中还需要另一台运行中的实例。'])
                  : undefined
            }
            onClick={begin}
          >
            {t(['Begin with the tutorial’s', '使用教程配置'])}
          </WhyButton>
        </div>
      )}
      {(view === 'compare' || view === 'simulate') && (
        <label className="row">
          <span className="quiet">{t(['Other node', '另一节点'])}</span>
          <select className="plain-select" value={peer?.InstanceId ?? ''} onChange={(event) => setAddress({ peer: event.target.value })}>
            {peers.length === 0 && <option value="">{t(['none runs in this vSwitch', '该交换机中没有其他运行中的实例'])}</option>}
            {peers.map((one) => (
              <option key={one.InstanceId} value={one.InstanceId}>
                {nameOf(one, one.InstanceId)}
              </option>
            ))}
          </select>
        </label>
      )}
      {view === 'simulate' ? (
        <Rehearsal
          files={[
            { name: nodeName(instance), text },
            ...(peer && peerText !== undefined ? [{ name: nodeName(peer), text: peerText }] : []),
          ]}
        />
      ) : (
        <div className="editor-grid">
          <Panel
            title={view === 'compare' ? t(['This file against {peer}’s', '与 {peer} 的文件对比'], { peer: peerName ?? '–' }) : configPath}
            hint={isChanged ? t(['Changed, not applied', '已更改，尚未应用']) : t(['As it is on the instance', '与实例上的文件一致'])}
          >
            <CodeEditor
              // The two views have different documents behind them.
              key={`${view} ${view === 'compare' ? peer?.InstanceId : ''} ${peerText !== undefined}`}
              text={text}
              original={view === 'compare' ? (peerText ?? '') : undefined}
              hostName={hostName}
              onText={setText}
              viewRef={editor}
            />
          </Panel>
          <Problems parsed={parsed} set={set} text={text} peerName={peerName} hasPeerFile={peerText !== undefined} onGo={go} />
        </div>
      )}
      <Dialog
        title={t(['keepalived would refuse this file', 'keepalived 将拒绝此文件'])}
        isOpen={isAsked}
        isDanger
        okText={t(['Apply anyway', '仍然应用'])}
        onClose={() => setAsked(false)}
        onOk={() => void work('apply')}
        isBusy={busy === 'apply'}
      >
        <p>
          {t([
            'A daemon that runs keeps its old configuration; one that is started with this file does not start. The problems are listed beside the editor.',
            '运行中的守护进程会保留旧配置；用此文件将无法启动守护进程。问题列在编辑器旁。',
          ])}
        </p>
      </Dialog>
    </>
  )
}

/** As the simulator and its faults want names: one word. */
const nodeName = (instance: Instance): string => nameOf(instance, instance.InstanceId).replace(/[^\w.-]/g, '-')
