// keepalived.conf of an instance: written with help, checked as one types and against the other node, rehearsed, applied, taken back.
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { lintGutter, lintKeymap } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { checkSet, type Diagnostic, mayStart, type ParsedConfiguration, positionOf } from '@havip/conf'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useHavips, useInstances } from '../api/queries.ts'
import type { Havip, Instance } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { Dialog, WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Empty, Loading, Panel } from '../parts/page.tsx'
import { useAddress, useRegion, useSetAddress } from '../shell/address.ts'
import { completion, highlighting, parse, problems, reference } from './configuration-language.ts'
import { applyConfiguration, configPath, readConfiguration, rollBackConfiguration } from './instance-files.ts'
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
  const [busy, setBusy] = useState<'apply' | 'back'>()
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

  const work = async (kindOfWork: 'apply' | 'back'): Promise<void> => {
    setBusy(kindOfWork)
    setError(undefined)
    setResult(undefined)
    try {
      const ran =
        kindOfWork === 'apply'
          ? await applyConfiguration(region, instance.InstanceId, text)
          : await rollBackConfiguration(region, instance.InstanceId)
      if (ran.status !== 0 || ran.problem !== '') throw new Error(ran.problem || ran.output.trim() || `status ${ran.status}`)
      setResult({
        tone: 'good',
        text: ran.output.includes('not-running')
          ? t([
              'Written. keepalived does not run: start it with systemctl start keepalived.',
              '已写入。keepalived 未运行：请执行 systemctl start keepalived 启动。',
            ])
          : t(['Written, and keepalived has loaded it.', '已写入，keepalived 已重新加载。']),
      })
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
            <Editor
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

type EditorBoxProps = {
  readonly text: string
  readonly original: string | undefined
  readonly hostName: string
  readonly onText: (text: string) => void
  readonly viewRef: React.RefObject<EditorView | null>
}

function Editor({ text, original, hostName, onText, viewRef }: EditorBoxProps) {
  const t = useText()
  const holder = useRef<HTMLDivElement>(null)
  const first = useRef(text)
  const tell = useRef(onText)
  tell.current = onText
  const label = t(['keepalived.conf', 'keepalived.conf'])
  useEffect(() => {
    const parent = holder.current
    if (!parent) return undefined
    const extensions: Extension[] = [
      lineNumbers(),
      history(),
      drawSelection(),
      highlightActiveLine(),
      bracketMatching(),
      lintGutter(),
      ...highlighting,
      problems(hostName, () => undefined),
      reference(hostName, t),
      completion(hostName, t),
      EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
      // Tab leaves the editor again after Escape.
      keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) tell.current(update.state.doc.toString())
      }),
      ...(original === undefined ? [] : [unifiedMergeView({ original, mergeControls: false, highlightChanges: true, gutter: true })]),
    ]
    const view = new EditorView({ parent, state: EditorState.create({ doc: first.current, extensions }) })
    viewRef.current = view
    return () => {
      first.current = view.state.doc.toString()
      view.destroy()
      viewRef.current = null
    }
  }, [hostName, original, label, t, viewRef])
  return <div ref={holder} className="editor" />
}

const toneOf: Readonly<Record<Diagnostic['severity'], Tone>> = { error: 'bad', warning: 'warn', note: 'off' }

type ProblemsProps = {
  readonly parsed: ParsedConfiguration
  readonly set: readonly Diagnostic[]
  readonly text: string
  readonly peerName: string | undefined
  readonly hasPeerFile: boolean
  readonly onGo: (diagnostic: Diagnostic) => void
}

function Problems({ parsed, set, text, peerName, hasPeerFile, onGo }: ProblemsProps) {
  const t = useText()
  return (
    <div className="stack" style={{ gap: 24 }}>
      <Panel title={t(['Check', '检查'])} hint={t(['As you type', '随输入实时检查'])}>
        {parsed.diagnostics.length === 0 ? (
          <p className="panel-body">
            <Mark tone="good">{t(['No problem found', '未发现问题'])}</Mark>
          </p>
        ) : (
          <ul className="problems">
            {parsed.diagnostics.map((one) => (
              <li key={`${one.code} ${one.at.start} ${one.message}`}>
                <button type="button" onClick={() => onGo(one)}>
                  <Mark tone={toneOf[one.severity]} />
                  <span>
                    <span className="quiet">{t(['Line {line}: ', '第 {line} 行：'], { line: positionOf(text, one.at.start).line })}</span>
                    {one.message}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      {peerName !== undefined && (
        <Panel title={t(['Together with {peer}', '与 {peer} 一起检查'], { peer: peerName })}>
          {!hasPeerFile ? (
            <p className="panel-body quiet">
              {t(['{peer} has no keepalived.conf yet.', '{peer} 还没有 keepalived.conf。'], { peer: peerName })}
            </p>
          ) : set.length === 0 ? (
            <p className="panel-body">
              <Mark tone="good">{t(['The two agree', '两者一致'])}</Mark>
            </p>
          ) : (
            <ul className="problems">
              {set.map((one) => (
                <li key={`${one.code} ${one.message}`}>
                  <button type="button" onClick={() => onGo(one)}>
                    <Mark tone={toneOf[one.severity]} />
                    <span>{one.message}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Panel>
      )}
    </div>
  )
}
