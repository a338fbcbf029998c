// The look of antd's components: the same ink, paper and scale as base.css, where the reasons are.
import { type ThemeConfig, theme } from 'antd'
import type { Appearance } from '../i18n/text.tsx'

const fonts = {
  fontFamily:
    "'Inter', 'Segoe UI', system-ui, -apple-system, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
  fontFamilyCode: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Roboto Mono', 'DejaVu Sans Mono', monospace",
}

const shape = {
  ...fonts,
  fontSize: 14,
  fontSizeSM: 13,
  lineHeight: 1.5,
  borderRadius: 6,
  borderRadiusLG: 10,
  borderRadiusSM: 4,
  controlHeight: 34,
  controlHeightSM: 28,
  controlHeightLG: 42,
  motionDurationFast: '0.08s',
  motionDurationMid: '0.14s',
  motionDurationSlow: '0.18s',
  wireframe: false,
  motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
}

const components = {
  Button: { fontWeight: 500, primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', paddingInline: 14, paddingInlineSM: 10 },
  Modal: { titleFontSize: 18, titleLineHeight: 1.4 },
  Form: { itemMarginBottom: 18, labelHeight: 22, verticalLabelPadding: '0 0 6px' },
}

export function antdTheme(appearance: Appearance): ThemeConfig {
  const isDark = appearance === 'dark'
  const ink = isDark ? '#eceef3' : '#1a1d24'
  return {
    algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      ...shape,
      colorPrimary: ink,
      colorInfo: isDark ? '#7fb0ff' : '#2258c3',
      colorLink: ink,
      colorSuccess: isDark ? '#4cc38a' : '#18794e',
      colorWarning: isDark ? '#f1a10d' : '#9a5b00',
      colorError: isDark ? '#ff7b74' : '#c22b2b',
      colorTextBase: ink,
      colorBgBase: isDark ? '#15171c' : '#ffffff',
      colorBgContainer: isDark ? '#1b1e25' : '#ffffff',
      colorBgElevated: isDark ? '#20242c' : '#ffffff',
      colorBorder: isDark ? '#5f6675' : '#8a909c',
      colorBorderSecondary: isDark ? '#2d323c' : '#e3e5ea',
      colorTextDescription: isDark ? '#a4abb9' : '#5a6070',
      colorTextPlaceholder: isDark ? '#969dac' : '#686e7c',
      colorTextDisabled: isDark ? '#969dac' : '#686e7c',
      controlOutline: isDark ? 'rgba(167,139,250,0.4)' : 'rgba(94,63,196,0.25)',
      colorTextLightSolid: isDark ? '#15171c' : '#ffffff',
      // The ring around what has the focus.
      colorPrimaryBorder: isDark ? '#b09bfd' : '#5e3fc4',
      lineWidthFocus: 2,
    },
    components: {
      ...components,
      Button: {
        ...components.Button,
        defaultBorderColor: isDark ? '#474e5c' : '#c6cad3',
        defaultHoverBorderColor: ink,
        defaultBg: isDark ? '#20242c' : '#ffffff',
      },
      Select: { optionSelectedBg: isDark ? '#2d323c' : '#eef0f4' },
      Tooltip: { colorBgSpotlight: isDark ? '#3a404c' : '#1a1d24', colorTextLightSolid: '#ffffff' },
    },
  }
}
