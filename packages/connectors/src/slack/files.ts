import { z } from 'zod'
import { answerTo, call } from '../../kit/answer.ts'
import { raw } from '../../kit/body.ts'
import { action } from '../../kit/define.ts'
import { bytesOf, fileName, fileOf } from '../../kit/files.ts'
import { file } from '../../kit/kinds.ts'
import { handoff, post } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import { channelId, read, ts, write } from './parts.ts'

const uploaded = z.object({ id: z.string(), title: z.string().nullish() })

export const fileActions = {
  upload_file: action({
    title: 'Upload a file',
    description: 'Uploads a file and shares it in a channel that the app is in.',
    effect: 'send',
    params: {
      channel: channelId,
      file: file(),
      title: z.string().min(1).max(255).optional(),
      comment: z.string().min(1).max(4000).optional(),
      thread_ts: ts.optional(),
    },
    summary: (p) => say`Share the file ${fileName(p.file)} in ${p.channel}`,
    *request(p, ctx) {
      const { name, size } = fileOf(p.file)
      // Only asks for a place: without the last step Slack throws away what came there.
      const place = yield* call(read('files.getUploadURLExternal', { filename: name, length: size }), {
        upload_url: z.string(),
        file_id: z.string(),
      })
      yield* answerTo(
        post(handoff(place.upload_url, 'files.slack.com'), raw(bytesOf(ctx, p.file), 'application/octet-stream')),
      )
      return yield* call(
        write('files.completeUploadExternal', {
          files: [{ id: place.file_id, title: p.title ?? name }],
          channel_id: p.channel,
          thread_ts: p.thread_ts,
          initial_comment: p.comment,
        }),
        { files: z.array(uploaded) },
        { completes: true },
      )
    },
    result: { files: z.array(uploaded) },
    undo: { action: 'delete_file', say: 'Delete the file; who has read it has read it.' },
    pins: { thread_ts: { unpinned: 'The thread can go on after you approve.' } },
    example: {
      params: {
        channel: 'C024BE91L',
        file: { id: 'fil_1', name: 'report.txt', type: 'text/plain', size: 5, sha256: '0'.repeat(64) },
        comment: 'As promised.',
      },
      files: { fil_1: 'hello' },
      answers: [
        { ok: true, upload_url: 'https://files.slack.com/upload/v1/CwABAAAAXAoAAVnX', file_id: 'F044GKUHN9Z' },
        {},
        { ok: true, files: [{ id: 'F044GKUHN9Z', title: 'report.txt' }] },
      ],
    },
  }),
  delete_file: action({
    title: 'Delete a file',
    description: 'Deletes a file that the app itself has uploaded.',
    effect: 'delete',
    params: { file: z.string().regex(/^F[A-Z0-9]{2,30}$/, 'expected the id of a file, such as F044GKUHN9Z') },
    summary: (p) => say`Delete the file ${p.file}`,
    request: (p) => write('files.delete', p),
    result: {},
    undo: 'irreversible',
    pins: { file: { unpinned: 'The file can be shared further or changed before it is deleted.' } },
    example: { params: { file: 'F044GKUHN9Z' }, answers: [{ ok: true }] },
  }),
}
