// Where an address really is, by every source that can tell, each with its age. What is silent is never shown as well.
import { useApi } from '../api/queries.ts'
import type { Instance } from '../api/types.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Loading, Panel } from '../parts/page.tsx'
import { Age } from '../parts/time.tsx'
import { nameOf } from './names.ts'

type Daemon = {
  readonly InstanceId: string
  readonly State: string
  readonly HoldsAddress: boolean | null
  readonly AgeMs: number | null
  readonly Problem: string
}
type HavipTruth = {
  readonly Verdict: 'Agreed' | 'Disagreed' | 'Nobody' | 'Unknown'
  readonly Problems: readonly string[]
  readonly Plane: { readonly State: string; readonly InstanceId: string; readonly AgeMs: number | null; readonly Conflicts: number }
  readonly Daemons: readonly Daemon[]
}

const verdicts: Readonly<Record<HavipTruth['Verdict'], readonly [Tone, Text]>> = {
  Agreed: ['good', ['All sources agree', '所有来源一致']],
  Disagreed: ['bad', ['The sources disagree', '来源不一致']],
  Nobody: ['warn', ['Nobody has the address', '无人持有该地址']],
  Unknown: ['warn', ['Not every source can be heard', '部分来源无法获知']],
}

export function Truth({ havip, instances }: { readonly havip: string; readonly instances: ReadonlyMap<string, Instance> }) {
  const t = useText()
  const answer = useApi<{ readonly HaVips: readonly HavipTruth[] }>('havip', 'DescribeHaVipTruth', { HaVipId: [havip] }, { everyMs: 4_000 })
  const truth = answer.data?.HaVips[0]
  const at = answer.dataUpdatedAt
  return (
    <Panel
      title={t(['Where it really is', '地址实际位置'])}
      hint={t(['By every source that can tell, each with its age', '各来源的说法及其时效'])}
      actions={truth && <Mark tone={verdicts[truth.Verdict][0]}>{t(verdicts[truth.Verdict][1])}</Mark>}
    >
      {answer.error ? (
        <div className="panel-body">
          <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
        </div>
      ) : !truth ? (
        <Loading />
      ) : (
        <ul className="lines" data-verdict={truth.Verdict}>
          {truth.Problems.map((problem) => (
            <li key={problem}>
              <Mark tone="warn">{problem}</Mark>
            </li>
          ))}
          <li className="source">
            <Mark tone={truth.Plane.State === 'owner' ? 'address' : 'warn'}>
              {truth.Plane.State === 'owner'
                ? t(['The network saw {name} announce it', '网络看到 {name} 宣告该地址'], {
                    name: nameOf(instances.get(truth.Plane.InstanceId), truth.Plane.InstanceId),
                  })
                : truth.Plane.State === 'nobody'
                  ? t(['The network sees nobody announce it', '网络未看到任何宣告'])
                  : t(['The network does not answer', '网络未应答'])}
            </Mark>
            <Told ageMs={truth.Plane.AgeMs} at={at} />
          </li>
          {truth.Daemons.map((daemon) => (
            <li key={daemon.InstanceId} className="source">
              <Mark tone={daemon.Problem !== '' ? 'warn' : daemon.HoldsAddress ? 'address' : 'good'}>
                {daemon.Problem !== ''
                  ? t(['{name} cannot be asked: {why}', '无法询问 {name}：{why}'], {
                      name: nameOf(instances.get(daemon.InstanceId), daemon.InstanceId),
                      why: daemon.Problem,
                    })
                  : t(
                      daemon.HoldsAddress
                        ? ['{name} says {state}, and its kernel has the address', '{name} 报告 {state}，其内核持有该地址']
                        : ['{name} says {state}, and its kernel does not have the address', '{name} 报告 {state}，其内核未持有该地址'],
                      { name: nameOf(instances.get(daemon.InstanceId), daemon.InstanceId), state: daemon.State.toUpperCase() },
                    )}
              </Mark>
              <Told ageMs={daemon.AgeMs} at={at} />
            </li>
          ))}
          <li className="source">
            <Mark tone={truth.Plane.Conflicts > 0 ? 'warn' : 'good'}>
              {truth.Plane.Conflicts > 0
                ? t(['Announced by two at once: {count} times', '被两个实例同时宣告：{count} 次'], { count: truth.Plane.Conflicts })
                : t(['Never announced by two at once', '从未被两个实例同时宣告'])}
            </Mark>
          </li>
        </ul>
      )}
    </Panel>
  )
}

function Told({ ageMs, at }: { readonly ageMs: number | null; readonly at: number }) {
  const t = useText()
  return <span className="quiet small">{ageMs === null ? t(['never heard', '从未获知']) : <Age ms={ageMs} at={at} />}</span>
}
