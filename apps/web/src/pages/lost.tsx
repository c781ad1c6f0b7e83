import { IconMapOff } from '@tabler/icons-react'
import { Empty } from '../ui/empty.tsx'
import { TextLink } from '../ui/links.tsx'
import { useTitle } from '../ui/page.tsx'

export function Lost() {
  useTitle('Not found')
  return (
    <main>
      <h1 className="ps-hidden">Not found</h1>
      <Empty icon={<IconMapOff size={36} />} title="There is nothing at this address">
        <TextLink to="/">Go to the inbox</TextLink>
      </Empty>
    </main>
  )
}
