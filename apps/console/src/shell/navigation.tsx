// The left-side navigation pane: one entry for each page that is whole.
import type { ReactNode } from 'react'
import type { Text } from '../i18n/text.tsx'

type Entry = { readonly to: string; readonly text: Text; readonly icon: ReactNode }
type Group = { readonly text: Text; readonly entries: readonly Entry[] }

const icon = (path: string): ReactNode => (
  <svg
    width="16"
    height="16"
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.4"
    strokeLinejoin="round"
    strokeLinecap="round"
    aria-hidden="true"
  >
    <path d={path} />
  </svg>
)

export const navigation: readonly Group[] = [
  {
    text: ['Where things stand', '总体情况'],
    entries: [
      { to: '/', text: ['Overview', '概览'], icon: icon('M2 9h5V2H2zm7 5h5V7H9zM2 14h5v-3H2zm7-9h5V2H9z') },
      {
        to: '/topology',
        text: ['Topology', '拓扑'],
        icon: icon(
          'M8 5.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm0 0v3M3.5 14.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm9 0a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm-9-4v-2h9v2',
        ),
      },
    ],
  },
  {
    text: ['High availability', '高可用'],
    entries: [
      { to: '/havips', text: ['HaVip', '高可用虚拟IP'], icon: icon('m8 1.5 6.5 6.5L8 14.5 1.5 8z') },
      { to: '/setup', text: ['One-click set-up', '一键搭建'], icon: icon('M9 1.500 3 9h4l-1 5.500L13 7H8.500z') },
    ],
  },
  {
    text: ['Compute and network', '计算与网络'],
    entries: [
      { to: '/instances', text: ['Instances', '实例'], icon: icon('M2 2.5h12v4.5H2zm0 6.5h12v4.5H2zM4.5 4.8h.1m-.1 6.5h.1') },
      { to: '/vpcs', text: ['VPCs', '专有网络'], icon: icon('M4.5 13a3 3 0 0 1-.4-6 4 4 0 0 1 7.7-.6A3.3 3.3 0 0 1 11.5 13z') },
      { to: '/vswitches', text: ['vSwitches', '交换机'], icon: icon('M2 5h9.5M9 2.5 11.5 5 9 7.5M14 11H4.5M7 8.5 4.5 11 7 13.5') },
      {
        to: '/eips',
        text: ['EIPs', '弹性公网IP'],
        icon: icon('M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM1.800 8h12.400M8 1.5c4 4 4 9 0 13-4-4-4-9 0-13Z'),
      },
    ],
  },
  {
    text: ['Administration', '管理'],
    entries: [
      { to: '/events', text: ['Events', '事件'], icon: icon('M1.5 8.5H4l2-6 3.5 11 2-5h3') },
      { to: '/quotas', text: ['Quota Center', '配额中心'], icon: icon('M2 12.5a6.5 6.5 0 1 1 12 0M8 9.5 11 6') },
      {
        to: '/access',
        text: ['Keys and users', '密钥与用户'],
        icon: icon('M5.5 10.5a3 3 0 1 1 2.8-4H14v3h-2v2h-2.5v-2H8.3a3 3 0 0 1-2.8 1Z'),
      },
      { to: '/webhooks', text: ['Webhooks', 'Webhook'], icon: icon('M6 8h4M4.5 11a3 3 0 1 1 0-6h2m5 6a3 3 0 1 0 0-6h-2') },
      { to: '/audit', text: ['Audit log', '审计日志'], icon: icon('M3 1.5h7l3 3v10H3zM5.5 6.5h5m-5 2.5h5m-5 2.5h3') },
    ],
  },
]
