// Where Intercom stores a workspace's data: every region has its own hosts.
import { z } from 'zod';

export const region = z.enum(['US', 'EU', 'AU']);
export type Region = z.infer<typeof region>;
