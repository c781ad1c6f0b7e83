import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import { useState } from 'react'
import { ApiProblem } from '../../api.ts'
import { sayProblem } from '../../change.ts'
import type { Looked } from '../../queries.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { HoldButton } from '../../ui/hold-button.tsx'
import { useDecide } from './decide.ts'
import { changedParams } from './diff.ts'
import { Difference } from './difference.tsx'
import { ParamsForm } from './params-form.tsx'

interface Props {
  shown: Looked
  opened: boolean
  onClose(): void
}

/** Changes parameters, shows the difference, and approves what then stands there. */
export function EditDialog({ shown, opened, onClose }: Props) {
  const phone = useMediaQuery('(max-width: 48em)') ?? false
  return (
    <Modal opened={opened} onClose={onClose} title="Edit, then approve" size="lg" fullScreen={phone}>
      <Editor shown={shown} onClose={onClose} />
    </Modal>
  )
}

function Editor({ shown, onClose }: Omit<Props, 'opened'>) {
  const [params, setParams] = useState<JsonObject | null>(shown.params)
  const [asking, setAsking] = useState(false)
  const decide = useDecide(shown)
  const changes = params ? changedParams(shown.params, params) : []
  const ready = params !== null && changes.length > 0 && !decide.isPending
  const problem = decide.error
  const approve = () => {
    if (params && ready) decide.mutate({ approve: true, params }, { onSuccess: onClose })
  }
  return (
    <Stack>
      <ParamsForm
        schema={shown.params_schema ?? {}}
        value={shown.params}
        onChange={setParams}
        errorOf={(name) => (problem instanceof ApiProblem ? problem.field(name) : null)}
      />
      {problem ? (
        <Alert color="red" role="alert">
          {sayProblem(problem)}
        </Alert>
      ) : null}
      {changes.length > 0 ? (
        <div>
          <Text fw={600}>What changes</Text>
          <Difference changes={changes} />
        </div>
      ) : (
        <Text fz="sm" c="dimmed">
          {params ? 'Nothing is changed yet.' : 'Something above is no value yet.'}
        </Text>
      )}
      <Group grow>
        <Button variant="default" h={48} onClick={onClose}>
          Back
        </Button>
        {shown.risk === 'high' ? (
          <HoldButton asleep={!ready} onHeld={approve} onAsk={() => setAsking(true)}>
            Hold to approve
          </HoldButton>
        ) : (
          <Button h={48} color="teal" disabled={!ready} loading={decide.isPending} onClick={approve}>
            Approve changed
          </Button>
        )}
      </Group>
      <Confirm
        opened={asking}
        title="Approve this high-risk action as changed?"
        yes="Approve"
        danger
        onNo={() => setAsking(false)}
        onYes={() => {
          setAsking(false)
          approve()
        }}
      >
        <Difference changes={changes} />
      </Confirm>
    </Stack>
  )
}
