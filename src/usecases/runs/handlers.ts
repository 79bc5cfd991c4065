// The handler of each kind of work.
import { sendAlert } from '../alerts/send-alert.ts';
import { leaveConversionNote, writeKeptValues } from '../card/conversion-settle.ts';
import { doContactAction } from '../contacts/do-contact-action.ts';
import { enrollPerson } from '../enrollment/enroll-person.ts';
import { settlePlatformReward } from '../platforms/platform-rewards.ts';
import { runStatusChange } from '../program/change-status.ts';
import { issueReward } from '../rewards/issue-reward.ts';
import type { RunHandlers } from './run-handler.ts';
import { doEvent, doResendLink, doTag, doWriteBack } from './write-back.ts';

export const runHandlers: RunHandlers = {
  'change-status': runStatusChange,
  'platform-reward': settlePlatformReward,
  'write-back': doWriteBack,
  tag: doTag,
  event: doEvent,
  'resend-link': doResendLink,
  note: leaveConversionNote,
  'merge-values': writeKeptValues,
  enroll: enrollPerson,
  contact: doContactAction,
  'issue-reward': issueReward,
  alert: sendAlert,
};
