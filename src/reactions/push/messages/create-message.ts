import type { BatchWriter } from '../../../db/batch-writer.ts';
import type { NewMessage } from './message.ts';

/** Keeps a message until it is due. One whose public id is there already stays as it is. */
export async function createMessage(writer: BatchWriter, message: NewMessage, now: number): Promise<void> {
  const { target } = message;
  await writer.transact((tx) =>
    tx.insertMany({
      table: 'push_message',
      columns: {
        public_id: 'text',
        project_id: 'bigint',
        target: 'text',
        group_id: 'bigint',
        link_id: 'bigint',
        title: 'text',
        body: 'text',
        url: 'text',
        image_url: 'text',
        state: 'text',
        due_at: 'bigint',
        actor: 'text',
        created_at: 'bigint',
      },
      rows: [
        [
          message.publicId,
          message.projectId,
          target.kind,
          target.kind === 'group' ? target.groupId : null,
          target.kind === 'link' ? target.linkId : null,
          message.title,
          message.body,
          message.url,
          message.imageUrl,
          'scheduled',
          message.dueAt,
          message.actor,
          now,
        ],
      ],
      onConflict: 'on conflict (public_id) do nothing',
    }),
  );
}
