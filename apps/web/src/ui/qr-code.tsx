import { create } from 'qrcode/lib/core/qrcode.js'
import { useMemo } from 'react'

/** A QR code as one path, on white with its quiet zone of four modules, in both colour schemes. */
export function QrCode({ text, label, size = 176 }: { text: string; label: string; size?: number }) {
  const { path, modules } = useMemo(() => {
    const code = create(text, { errorCorrectionLevel: 'M' }).modules
    let d = ''
    code.data.forEach((dark, i) => {
      if (dark) d += `M${(i % code.size) + 4} ${Math.floor(i / code.size) + 4}h1v1h-1z`
    })
    return { path: d, modules: code.size + 8 }
  }, [text])
  return (
    <svg
      width={size}
      height={size}
      viewBox={`0 0 ${modules} ${modules}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <rect width={modules} height={modules} fill="#fff" rx="2" />
      <path d={path} fill="#000" />
    </svg>
  )
}
