// Intercom's two calls for the inbox card: a signed request in, a canvas out, whatever is down.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeAction } from '../../../canvas/action.ts';
import { render } from '../../../canvas/render.ts';
import type { InboxView } from '../../../canvas/view.ts';
import { type InboxRequest, readInboxRequest } from '../../intercom/incoming/wire.ts';
import type { Log } from '../../log.ts';
import type { Press } from '../../usecases/card/inbox.ts';
import type { Visit } from '../../usecases/card/visit.ts';
import { handleCanvasCall } from './canvas-call.ts';

export type InboxRouteDeps = {
  open(visit: Visit): Promise<InboxView>;
  press(press: Press): Promise<InboxView>;
  answerWithinMs: number;
  clientSecrets: readonly string[];
  log: Pick<Log, 'info' | 'error'>;
  /** Called once for each rendered card, with its duration. */
  observe(call: 'initialize' | 'submit', screen: InboxView['screen'] | 'refused', seconds: number): void;
};

type Call = 'initialize' | 'submit';

export function inboxHandlers(deps: InboxRouteDeps) {
  const handler = (call: Call) => (req: IncomingMessage, res: ServerResponse) =>
    handleCanvasCall(
      {
        ...{ clientSecrets: deps.clientSecrets, answerWithinMs: deps.answerWithinMs, read: readInboxRequest },
        answer: (request) => show(call, request),
        late: instead[call],
        draw: (view, request) => draw(call, view, request),
        observe: (made, seconds) => deps.observe(call, made === 'refused' ? made : made.screen, seconds),
        logRefusal: (why, { url: path }) => deps.log.info({ path, why }, 'a card request was refused'),
      },
      req,
      res,
    );

  async function show(call: Call, request: InboxRequest): Promise<InboxView> {
    try {
      if (call === 'initialize') return await deps.open(request);
      const action = request.componentId === null ? null : decodeAction(request.componentId);
      return await deps.press({ ...request, action });
    } catch (error) {
      deps.log.error({ err: error, workspaceId: request.workspaceId }, 'a card could not be built');
      return instead[call];
    }
  }

  /** A canvas that fails to render is our bug, which must not cost the teammate the card. */
  function draw(call: Call, view: InboxView, request: InboxRequest): string {
    try {
      return JSON.stringify(render(view));
    } catch (error) {
      deps.log.error({ err: error, workspaceId: request.workspaceId }, 'a card could not be drawn');
      return JSON.stringify(render(instead[call]));
    }
  }

  return { initialize: handler('initialize'), submit: handler('submit') };
}

/** Shown instead of a card that is late or fails. After a press, it is unknown what changed, and its work may still continue. */
const instead: Record<Call, InboxView> = {
  initialize: { screen: 'unavailable', what: 'referral-data', retry: { do: 'refresh' } },
  submit: { screen: 'unavailable', what: 'result', retry: { do: 'refresh' } },
};
