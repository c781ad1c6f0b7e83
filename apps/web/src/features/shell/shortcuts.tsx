import { Kbd, Modal, Table } from '@mantine/core'

const keys: [string[], string][] = [
  [['j'], 'Next action'],
  [['k'], 'Previous action'],
  [['a'], 'Approve (high risk asks once more)'],
  [['d'], 'Deny'],
  [['e'], 'Edit the parameters'],
  [['/'], 'Search on this page'],
  [['Ctrl', 'K'], 'Search everything'],
  [['?'], 'This help'],
]

export function Shortcuts({ opened, onClose }: { opened: boolean; onClose(): void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts">
      <Table>
        <Table.Tbody>
          {keys.map(([combination, what]) => (
            <Table.Tr key={what}>
              <Table.Td>
                {combination.map((k) => (
                  <Kbd key={k} mr={4}>
                    {k}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
