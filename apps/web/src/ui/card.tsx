import type { ComponentProps } from 'react'
import classes from './card.module.css'

export function Card({ className, ...rest }: ComponentProps<'section'>) {
  return <section {...rest} className={[classes['card'], className].filter(Boolean).join(' ')} />
}
