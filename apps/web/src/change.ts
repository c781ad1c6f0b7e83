import { notifications } from '@mantine/notifications'
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query'
import { ApiProblem } from './api.ts'

export const sayProblem = (e: unknown): string => (e instanceof Error ? e.message : 'Something went wrong.')

interface Options<T> {
  /** Keys of the reads that this change makes old. */
  touches: string[]
  done?: (answer: T) => void
  /** False where the screen itself shows what went wrong. */
  notify?: boolean
}

/** A change at the server: runs, makes what it touched be read again, and says what went wrong. */
export function useChange<V, T>(run: (input: V) => Promise<T>, options: Options<T>): UseMutationResult<T, Error, V> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: run,
    onSuccess: (answer) => {
      for (const key of options.touches) client.invalidateQueries({ queryKey: [key] })
      options.done?.(answer)
    },
    onError: (e) => {
      if (options.notify === false) return
      const dismissed = e instanceof ApiProblem && e.code === 'fresh_sign_in_required'
      notifications.show({ color: dismissed ? 'gray' : 'red', title: 'Not done', message: sayProblem(e) })
    },
  })
}
