// The console: preferences, session, router.
import 'antd/dist/reset.css'
// In this order: later files refine earlier ones.
import './theme/base.css'
import './theme/frame.css'
import './theme/parts.css'
import './theme/narrow.css'
import './theme/pages.css'
import './theme/test.css'
import './theme/pictures.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { ConfigProvider } from 'antd'
import { StrictMode, useMemo } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/client.ts'
import { PreferencesProvider, usePreferences } from './i18n/text.tsx'
import { router } from './router.tsx'
import { SessionGate } from './shell/session.tsx'
import { antdTheme } from './theme/theme.ts'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      // What the API refuses it will refuse again; only silence is worth a second try.
      retry: (count, error) => count < 3 && error instanceof ApiError && (error.code === 'Network' || error.code === 'Throttling.User'),
      retryDelay: (count) => Math.min(500 * 2 ** count, 4_000),
      refetchOnWindowFocus: true,
    },
  },
})

function Themed() {
  const { appearance } = usePreferences()
  const theme = useMemo(() => antdTheme(appearance), [appearance])
  return (
    <ConfigProvider theme={theme} button={{ autoInsertSpace: false }}>
      <SessionGate>
        <RouterProvider router={router} />
      </SessionGate>
    </ConfigProvider>
  )
}

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <PreferencesProvider>
      <QueryClientProvider client={queries}>
        <Themed />
      </QueryClientProvider>
    </PreferencesProvider>
  </StrictMode>,
)
