// Where Intercom keeps a workspace's data: every region has hosts of its own.
import { z } from 'zod';

export const region = z.enum(['US', 'EU', 'AU']);
export type Region = z.infer<typeof region>;
