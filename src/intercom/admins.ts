// The workspace's teammates, as Intercom knows them now.
import { z } from 'zod';
import { createIntercomCall, unexpected } from './call.ts';

const adminList = z.object({ admins: z.array(z.object({ id: z.union([z.string(), z.number()]) })) });

/** Their ids. Rejects with a Failure, as every call does. */
export async function adminIds(api: string, token: string): Promise<string[]> {
  const answer = await createIntercomCall(api, token, 3_000)('get', '/admins');
  const read = adminList.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return read.data.admins.map(({ id }) => String(id));
}
