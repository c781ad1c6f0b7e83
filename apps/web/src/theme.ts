import { type CSSVariablesResolver, createTheme } from '@mantine/core'

export const theme = createTheme({
  colors: {
    // A cooler dark than Mantine's, the same family as the surfaces in app.css.
    dark: [
      '#dfe2e7',
      '#c3c8d0',
      '#a3abb6',
      '#828a96',
      '#434954',
      '#363b45',
      '#262a31',
      '#1e2127',
      '#16181d',
      '#101215',
    ],
  },
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 8 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  defaultRadius: 'md',
  headings: { fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } } },
    // Most fields are required; those that are not say so in words.
    InputWrapper: { defaultProps: { withAsterisk: false } },
    Alert: { defaultProps: { variant: 'light' } },
  },
})

/** Mantine's greys and reds for small text fall short of WCAG AA (4.5 to 1); these hold in both schemes. */
export const contrast: CSSVariablesResolver = (t) => {
  const c = (name: string, shade: number) => t.colors[name]?.[shade] ?? ''
  const text = (shade: number) =>
    Object.fromEntries(
      ['indigo', 'red', 'teal', 'blue', 'gray'].map((n) => [`--mantine-color-${n}-light-color`, c(n, shade)]),
    )
  return {
    variables: {},
    light: {
      ...text(9),
      '--mantine-color-yellow-light-color': '#7a4a00',
      '--mantine-color-body': '#f6f7f9',
      '--mantine-color-dimmed': '#545c66',
      '--mantine-color-placeholder': '#6b737d',
      '--mantine-color-error': c('red', 9),
      '--mantine-color-anchor': c('indigo', 8),
      '--mantine-color-red-outline': c('red', 9),
      '--mantine-color-teal-filled': c('teal', 9),
      '--mantine-color-teal-filled-hover': '#066649',
      '--mantine-color-red-filled': c('red', 9),
      '--mantine-color-red-filled-hover': '#a51111',
    },
    dark: {
      ...text(2),
      '--mantine-color-yellow-light-color': c('yellow', 3),
      '--mantine-color-body': '#16181d',
      '--mantine-color-text': '#dfe2e7',
      '--mantine-color-dimmed': '#a3abb6',
      '--mantine-color-placeholder': '#9aa2ad',
      '--mantine-color-default': '#23262d',
      '--mantine-color-default-hover': '#2b2f38',
      '--mantine-color-default-border': '#434954',
      '--mantine-color-error': c('red', 3),
      '--mantine-color-anchor': c('indigo', 2),
      '--mantine-color-red-outline': c('red', 3),
      '--mantine-color-teal-filled': c('teal', 9),
      '--mantine-color-teal-filled-hover': '#0a6a4d',
      '--mantine-color-red-filled': c('red', 9),
      '--mantine-color-red-filled-hover': '#a51111',
    },
  }
}
