// What failed, and what to do about it.
import { Button } from 'antd'
import { ApiError } from '../api/client.ts'
import { spokenFault } from '../i18n/faults.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Mark } from './mark.tsx'
import { words } from './words.ts'

const unreachable: Text = ['The controller does not answer.', '控制器没有响应。']

/** What a person can do; for codes without an entry the API's sentence has to do. */
const advice: Readonly<Record<string, Text>> = {
  Network: [
    'Check that it runs and that this computer reaches it; the page goes on by itself when it answers.',
    '请检查控制器是否在运行、网络是否可达；恢复后页面会自动继续。',
  ],
  'Forbidden.HaVip': [
    'The HAVIP feature has to be applied for first: submit an application in Quota Center.',
    '需要先申请使用 HaVip 功能：请在配额中心提交申请。',
  ],
  'Forbidden.RAM': ['Ask an administrator for a role that may do this.', '请向管理员申请具备该权限的角色。'],
  IncorrectHaVipStatus: ['Wait until the HaVip is Available or InUse, then try again.', '请等待高可用虚拟IP变为可用或使用中后重试。'],
  IncorrectStatus: ['Wait until the resource has settled, then try again.', '请等待资源状态稳定后重试。'],
  IncorrectInstanceStatus: ['Wait until the instance is Running or Stopped, then try again.', '请等待实例变为运行中或已停止后重试。'],
  'Forbidden.UnassociateMaster': [
    'This instance holds the address now. Move the address to the other instance first, or unbind it by force.',
    '该实例当前持有此地址。请先切换到另一台实例，或选择强制解绑。',
  ],
  'CountLimitExceeded.HaVipOnECSInstance': ['Unbind an instance first.', '请先解绑一台实例。'],
  'InvalidIPAddress.AlreadyUsed': ['Choose one of the free addresses.', '请选择一个空闲地址。'],
  DependencyViolation: ['Delete what uses it first.', '请先删除正在使用它的资源。'],
  'QuotaExceeded.Eip': ['Release an EIP that is not used any more.', '请释放不再使用的弹性公网IP。'],
  'InvalidAction.NotFound': ['This controller does not offer it yet; a newer one may.', '当前控制器尚不支持此功能，请升级后使用。'],
  'Throttling.User': ['Wait a moment, then try again.', '请稍候重试。'],
}

export function FaultNote({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const t = useText()
  const fault = error instanceof ApiError ? error : undefined
  const code = fault?.code ?? 'Unexpected'
  const help = advice[code] ?? advice[code.split('.')[0] ?? '']
  return (
    <div className="note bad" role="alert">
      <Mark tone="bad" />
      <div>
        <p>
          {code === 'Network'
            ? t(unreachable)
            : spokenFault(code, fault?.message || String(error instanceof Error ? error.message : error), t)}
        </p>
        {help && <p>{t(help)}</p>}
        {fault && code !== 'Network' && (
          <p className="code">
            {code}
            {fault.requestId !== '' && ` · RequestId ${fault.requestId}`}
          </p>
        )}
      </div>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          {t(words.retry)}
        </Button>
      )}
    </div>
  )
}
