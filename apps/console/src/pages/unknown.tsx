// Addresses that lead nowhere, and pages that failed.
import { Button } from 'antd'
import { useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Empty, Page, PageLink } from '../parts/page.tsx'

export function Unknown() {
  const t = useText()
  return (
    <Page title={t(['There is no such page', '页面不存在'])}>
      <Empty
        title={t(['The address leads nowhere', '该地址没有对应的页面'])}
        text={t(['It may be mistyped, or what it showed has been deleted.', '地址可能有误，或其内容已被删除。'])}
        actions={<PageLink to="/">{t(['Go to the overview', '前往概览'])}</PageLink>}
      />
    </Page>
  )
}

export function Unexpected({ error, reset }: { readonly error: unknown; readonly reset?: () => void }) {
  const t = useText()
  return (
    <Page
      title={t(['This page failed', '页面出错'])}
      actions={<Button onClick={() => location.reload()}>{t(['Load the console again', '重新加载控制台'])}</Button>}
    >
      <FaultNote error={error} {...(reset && { onRetry: reset })} />
    </Page>
  )
}
