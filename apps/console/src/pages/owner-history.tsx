// Where the address was: changes of owner as the network saw them.
import { useHappenings } from '../api/happenings.ts'
import type { Havip } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { Mark } from '../parts/mark.tsx'
import { PageLink, Panel } from '../parts/page.tsx'
import { When } from '../parts/time.tsx'

const shownMax = 8

export function OwnerHistory({ havip }: { readonly havip: Havip }) {
  const t = useText()
  const { changes: own, isWhole } = useHappenings({ resource: havip.HaVipId, kind: 'owner', max: shownMax })
  return (
    <Panel
      title={t(['Owner history', '持有者变更'])}
      hint={isWhole ? t(['Newest first', '最新在前']) : t(['Since this page was opened', '自打开本页面以来'])}
      actions={<PageLink to={`/havips/${havip.HaVipId}/test`}>{t(['Earlier tests', '历史测试'])}</PageLink>}
    >
      {own.length === 0 ? (
        <p className="panel-body quiet">
          {t(['No change. A move of the address appears here at once.', '无变更。地址切换会立即显示在此。'])}
        </p>
      ) : (
        <ul className="lines">
          {own.map((change) => (
            <li key={change.id}>
              <Mark tone="address">{change.text}</Mark>
              <span className="quiet small">
                <When time={change.at} isExact />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
