// Tells an outage of a service from one call that always fails, by another call that always works.
import type { Context } from '../context.ts';
import type { OutsidePlatformName } from '../domain/platforms/platform.ts';

/** Whether it answers, and takes our token. */
export function isReachable(
  ctx: Context,
  workspaceId: string,
  service: 'intercom' | OutsidePlatformName,
): Promise<boolean> {
  const ping = service === 'intercom' ? ctx.intercom.background.ping : ctx.platforms[service].ping;
  return ping(workspaceId).then(
    () => true,
    () => false,
  );
}
