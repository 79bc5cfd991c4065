// Which function does which kind of work.
import { enrollPerson } from '../enrollment/enroll-person.ts';
import { runStatusChange } from '../program/change-status.ts';
import type { RunHandlers } from './run-handler.ts';
import { doEvent, doTag, doWriteBack } from './write-back.ts';

export const runHandlers: RunHandlers = {
  'change-status': runStatusChange,
  'write-back': doWriteBack,
  tag: doTag,
  event: doEvent,
  note: (ctx, run, markAttempted) => ctx.legacy.settling.leaveNote(run, markAttempted),
  enroll: enrollPerson,
  contact: (ctx, run, markAttempted) => ctx.legacy.doContact(run, markAttempted),
};
