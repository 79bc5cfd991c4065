// The data connectors that Fin needs in Intercom: what the set-up creates, and what its sheet says to type in.
import type { WorkspaceSettings } from '../workspace/settings.ts';
import { type ConnectorName, connectorNames, type FinPurpose, purposes } from './question.ts';

export type ConnectorInput = {
  name: string;
  description: string;
  required: boolean;
  /** Filled in by Intercom from the customer's own record, so that no model types an ID. */
  defaultValue: string;
};

export type Connector = {
  name: ConnectorName;
  /** In Intercom, and how the set-up finds it there again. */
  title: string;
  description: string;
  method: 'get' | 'post';
  url: string;
  body: string | null;
  inputs: ConnectorInput[];
  audiences: ('users' | 'leads' | 'visitors')[];
  /** Fin uses it by itself; else only a Procedure does. */
  isDirect: boolean;
  /** Needs no proof of who asks: public. */
  isPublic: boolean;
  mockResponse: Record<string, unknown>;
};

const neverAsk = 'Filled in from the customer’s profile. Never ask the customer for it.';

const contactId = { name: 'contact_id', description: neverAsk, required: false, defaultValue: '{{user.id}}' };
const userId = { name: 'user_id', description: neverAsk, required: false, defaultValue: '{{user.user_id}}' };
const email = { name: 'email', description: neverAsk, required: false, defaultValue: '{{user.email}}' };
const conversationId = {
  ...{
    name: 'conversation_id',
    description: 'Filled in from the conversation. Never ask the customer for it.',
  },
  ...{ required: false, defaultValue: '{{conversation.id}}' },
};
const locale = {
  ...{ name: 'locale', description: 'The language of the conversation, such as en or de.', required: false },
  defaultValue: '{{user.language_override}}',
};

type Wording = Pick<Connector, 'title' | 'description'> & { mock: Record<string, unknown> };

const base = {
  ...{ found: true, verified: true, reason_code: 'conditions_not_met', next_step: 'wait' },
  as_of: '2026-11-29T10:00:00.000Z',
};

const wording: Record<ConnectorName, Wording> = {
  'referral-status': {
    title: 'Referral Desk: referral status',
    description:
      'Use this to tell a customer how their referral, or their friends’ referrals, are doing. Say status_text as it is. Example questions: “Did my friend sign up?”, “Is my referral pending?”, “Why does my referral not count?”, “How many friends have I referred?”',
    mock: {
      ...base,
      status_text:
        'You joined Spring on Nov 3, 2026. Your referral is still pending: its conditions are not met yet.',
      ...{ status: 'pending', campaign: 'Spring', joined_on: '2026-11-03', status_on: '2026-11-03' },
      ...{ expected_on: '2026-12-03', expires_on: '2026-12-31' },
      ...{ referred_total: 1, qualified_total: 0, pending_total: 1 },
      referrals: [
        {
          ...{ campaign: 'Spring', joined_on: '2026-11-05', status: 'pending' },
          status_text:
            'The friend who joined Spring on Nov 5, 2026 is still pending: the conditions are not met yet.',
        },
      ],
      total: 1,
    },
  },
  rewards: {
    title: 'Referral Desk: rewards',
    description:
      'Use this when a customer asks for a reward of the referral program: whether there is one, where it is, or why there is none. Say status_text as it is. Example questions: “Where is my reward?”, “When do I get my referral credit?”, “Why did I get no reward for my friend?”',
    mock: {
      ...base,
      ...{ reason_code: 'reward_due', next_step: 'wait' },
      status_text:
        'You have 1 reward: 0 sent and 1 still to come. 10 EUR credit for the friend who joined Spring on Nov 5, 2026: due since Nov 20, 2026. It is being prepared.',
      ...{ due_total: 1, issued_total: 0, total: 1 },
      rewards: [
        {
          ...{ label: '10 EUR credit', amount: '10.00', currency: 'EUR', status: 'due' },
          ...{ due_on: '2026-11-20', issued_on: '2026-11-25' },
          status_text:
            '10 EUR credit for the friend who joined Spring on Nov 5, 2026: due since Nov 20, 2026. It is being prepared.',
        },
      ],
    },
  },
  'my-link': {
    title: 'Referral Desk: my link',
    description:
      'Use this when a customer wants the personal link with which they refer friends. Say status_text as it is. Example questions: “What is my referral link?”, “How do I refer a friend?”, “Where can I find my link?”',
    mock: {
      ...base,
      ...{ reason_code: 'ok', next_step: 'share_link' },
      status_text: 'Your link for Spring: https://desk.example.com/r/k3v7q2m9xt',
      ...{ link: 'https://desk.example.com/r/k3v7q2m9xt', campaign: 'Spring', total: 1 },
      links: [{ campaign: 'Spring', link: 'https://desk.example.com/r/k3v7q2m9xt', referred: 1, open: true }],
    },
  },
  program: {
    title: 'Referral Desk: program',
    description:
      'Use this for general questions about the referral program: which campaigns there are, what people get, and how to join. Say status_text as it is. Example questions: “Do you have a referral program?”, “What do I get for referring a friend?”',
    mock: {
      ...base,
      ...{ reason_code: 'ok', next_step: 'join_program' },
      status_text: 'Spring: you get 10 EUR credit for each friend who qualifies, and your friend gets 5 EUR.',
      campaigns: [
        {
          ...{ name: 'Spring', reward: '10 EUR credit', friend_reward: '5 EUR', ends_on: '2026-12-31' },
          join_link: 'https://desk.example.com/join/spring',
        },
      ],
      total: 1,
    },
  },
  'resend-link': {
    title: 'Referral Desk: send my link again',
    description:
      'Sends the customer’s own referral link to them again. Use it in a Procedure, when the customer has asked for it. Say status_text as it is.',
    mock: {
      ...base,
      ...{ reason_code: 'ok', next_step: 'share_link', done: true },
      status_text: 'We are sending your link again. Here it is, too: https://desk.example.com/r/k3v7q2m9xt',
      link: 'https://desk.example.com/r/k3v7q2m9xt',
    },
  },
  'missing-referral': {
    title: 'Referral Desk: report a missing referral',
    description:
      'Reports that a friend of the customer is missing. A teammate reviews it. Use it in a Procedure, after the customer has described what is missing. Say status_text as it is.',
    mock: {
      ...base,
      ...{ reason_code: 'reported', next_step: 'wait', done: true },
      status_text: 'Thank you. Our team will check the missing referral and get back to you.',
      link: 'https://desk.example.com/r/k3v7q2m9xt',
    },
  },
};

const isPurpose = (name: ConnectorName): name is FinPurpose => (purposes as readonly string[]).includes(name);

/** Those that the workspace's settings offer. */
export function connectorsFor(publicUrl: string, settings: WorkspaceSettings['fin']): Connector[] {
  return connectorNames
    .filter(
      (name) => !isPurpose(name) || (name === 'resend-link' ? settings.resend_link : settings.report_missing),
    )
    .map((name) => connectorOf(name, publicUrl, settings));
}

function connectorOf(
  name: ConnectorName,
  publicUrl: string,
  { one_time_passcode }: WorkspaceSettings['fin'],
): Connector {
  const { title, description, mock: mockResponse } = wording[name];
  const who = one_time_passcode ? [contactId, userId, email] : [contactId, userId];
  const about = { name, title, description, mockResponse, isPublic: name === 'program' };
  if (!isPurpose(name)) {
    const inputs = name === 'program' ? [locale] : [...who, locale];
    const audiences = name === 'program' ? (['users', 'leads', 'visitors'] as const) : (['users'] as const);
    const query = inputs.map((input) => `${input.name}={{${input.name}}}`).join('&');
    const url = `${publicUrl}/fin/v1/${name}?${query}`;
    return { ...about, method: 'get', url, body: null, inputs, audiences: [...audiences], isDirect: true };
  }
  const inputs = [...who, conversationId, locale, ...(name === 'missing-referral' ? told : [])];
  const body = JSON.stringify(Object.fromEntries(inputs.map((input) => [input.name, `{{${input.name}}}`])));
  const url = `${publicUrl}/fin/v1/${name}`;
  return { ...about, method: 'post', url, body, inputs, audiences: ['users'], isDirect: false };
}

const told: ConnectorInput[] = [
  {
    ...{ name: 'friend_email', description: 'The email of the friend, if the customer knows it.' },
    ...{ required: false, defaultValue: '' },
  },
  {
    ...{ name: 'message', description: 'What the customer says is missing, in their own words.' },
    ...{ required: true, defaultValue: '' },
  },
];

/** To be pasted into Fin's guidance. */
export const finGuidance =
  'When a customer asks about referrals, referral rewards or their link, use the Referral Desk data connectors. Answer with the words of status_text. Never guess or calculate an amount, a date or a status, and never promise a reward. If a connector fails, or its answer has found: false, say what status_text says, or that you cannot look it up right now, and offer to hand over to a teammate. Never ask the customer for an ID, and never look up another person. Never name other people.';
