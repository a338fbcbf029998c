// What is wrong with a keepalived.conf, alone and together with the other node's.
import { type Diagnostic, type ParsedConfiguration, positionOf } from '@havip/conf'
import { useText } from '../i18n/text.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Panel } from '../parts/page.tsx'

const toneOf: Readonly<Record<Diagnostic['severity'], Tone>> = { error: 'bad', warning: 'warn', note: 'off' }

type ProblemsProps = {
  readonly parsed: ParsedConfiguration
  readonly set: readonly Diagnostic[]
  readonly text: string
  readonly peerName: string | undefined
  readonly hasPeerFile: boolean
  readonly onGo: (diagnostic: Diagnostic) => void
}

export function Problems({ parsed, set, text, peerName, hasPeerFile, onGo }: ProblemsProps) {
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
