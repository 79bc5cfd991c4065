// `POST /intercom/messenger/sheet`: the page over the Messenger in which a friend is referred in more words.
import express, { type ErrorRequestHandler, type Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { type Language, languageOf } from '../../domain/languages/language.ts';
import { readSheetRequest } from '../../intercom/incoming/messenger-wire.ts';
import { referenceIn } from '../../usecases/messenger/placement.ts';
import { openSheet } from '../../usecases/messenger/sheet.ts';
import { limitTo } from '../limits.ts';
import { campaignIn } from './messenger-calls.ts';
import { sendSheet } from './sheet-page.ts';

// Per address: a whole office may be behind one.
const sheetsPerMinute = 120;
/** The field has the canvas that was open, which is at most 64 KB, and its stored data. */
const largest = '512kb';

const body = z.object({ intercom_data: z.string() });

export function sheetRoutes(ctx: Context, clientSecrets: readonly string[]): Router {
  const router = express.Router();
  const path = '/intercom/messenger/sheet';
  const problem = (language: Language, status: number) => ({ language, status, form: null });
  router.post(
    path,
    limitTo(sheetsPerMinute, (response) => sendSheet(ctx, response, problem('en', 429))),
    express.urlencoded({ extended: false, limit: largest, parameterLimit: 10 }),
    async (request, response) => {
      const field = body.safeParse(request.body ?? {});
      const read = field.success ? readSheetRequest(field.data.intercom_data, clientSecrets) : null;
      if (read === null) return sendSheet(ctx, response, problem('en', 401));
      const { workspaceId, user, locale, contentUrl, storedData } = read;
      const reference = referenceIn(contentUrl) ?? storedData.card ?? null;
      const visit = { workspaceId, user, language: languageOf(locale), reference };
      const opened = await openSheet(ctx, visit, campaignIn(read.componentId));
      sendSheet(ctx, response, { ...opened, status: 200 });
    },
  );
  // A person sees this error, so it is a page.
  const onError: ErrorRequestHandler = (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = Number(error?.status);
    if (status >= 400 && status < 500) return sendSheet(ctx, response, problem('en', status));
    ctx.log.error({ err: error }, 'a sheet could not be built');
    sendSheet(ctx, response, problem('en', 200));
  };
  router.use(path, onError);
  return router;
}
