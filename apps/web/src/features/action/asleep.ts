import { useEffect, useState } from 'react'

/**
 * True for 600 ms after something new came under the finger: a second tap meant for what stood there before must not
 * decide it. Counted from when `what` was first shown.
 */
export function useAsleep(what: string): boolean {
  const [awake, setAwake] = useState<string | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => setAwake(what), 600)
    return () => clearTimeout(timer)
  }, [what])
  return awake !== what
}
