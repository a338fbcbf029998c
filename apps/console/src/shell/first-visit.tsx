// Shown while the controller has never answered: what is wrong, and that the page keeps trying.
import { useText } from '../i18n/text.tsx'
import { Mark } from '../parts/mark.tsx'

export function FirstVisit() {
  const t = useText()
  return (
    <main className="empty" style={{ minHeight: '100dvh', alignContent: 'center' }}>
      <Mark tone="warn">{t(['Not connected', '未连接'])}</Mark>
      <h1>{t(['The controller does not answer', '控制器没有响应'])}</h1>
      <p role="status">
        {t([
          'Check that it runs and that this computer reaches it. This page keeps trying and goes on by itself.',
          '请检查控制器是否在运行、网络是否可达。本页会不断重试并自动继续。',
        ])}
      </p>
    </main>
  )
}
