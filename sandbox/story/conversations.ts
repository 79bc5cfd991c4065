// What the people of the story write about the referral program, and what the team has answered so far.
import type { Conversation } from '../world.ts';

/** Who speaks: a teammate or Fin, or a participant by place in `between`. */
type Speaker = 'aoife' | 'dani' | 'fin' | 0 | 1 | 2;

export type ConversationStory = {
  /** Emails of the participants; a lead and a user may share one, so the role comes first. */
  between: `${'lead' | 'user'}:${string}`[];
  title: string | null;
  source?: Conversation['source_type'];
  assignee?: 'aoife' | 'dani';
  read?: boolean;
  closed?: boolean;
  /** Oldest first: who, how many minutes before the time of seeding, what. */
  said: [speaker: Speaker, minutesAgo: number, text: string][];
};

export const conversations: ConversationStory[] = [
  {
    between: ['lead:pending.lead@example.com'],
    title: 'Does my friend get her discount?',
    assignee: 'dani',
    read: false,
    said: [
      [0, 38, 'Hi! Tomás sent me his link for the Spring campaign and I signed up with it on the free plan.'],
      [0, 37, 'Does he get his reward now, or only when I go pro?'],
      ['fin', 36, 'Thanks for writing in! I am passing you on to a teammate who knows the referral program.'],
      ['dani', 29, 'Hi Maya, good to meet you. Let me look up your referral.'],
      [
        0,
        12,
        'Great, thank you. I am thinking about upgrading today, so I want to be sure it counts for him.',
      ],
    ],
  },
  {
    between: ['lead:twin@example.com'],
    title: 'Two accounts?',
    assignee: 'dani',
    read: false,
    said: [
      [0, 360, 'We met at the trade show in Galway. I signed up with the code on your flyer.'],
      [0, 358, 'But when I log in I see an old account from last year, and not the referral.'],
      [
        'dani',
        330,
        'That happens when the flyer is opened in another browser. I can bring the two together.',
      ],
      [0, 300, 'Please do. The email is the same on both.'],
    ],
  },
  {
    between: ['user:top.referrer@example.com'],
    title: 'How many of my referrals counted?',
    assignee: 'aoife',
    said: [
      [
        0,
        1500,
        'Morning! I have handed out a lot of links this spring. Could you tell me how many went through?',
      ],
      ['aoife', 1420, 'You have been busy! I will send you the numbers this afternoon.'],
      [0, 185, 'One more thing: where do I find my link again? I would like to print it on our hut cards.'],
    ],
  },
  {
    between: ['user:qualified.user@example.com'],
    title: 'Reward not here yet',
    assignee: 'aoife',
    said: [
      [0, 1620, 'Hello, I went pro two weeks ago through a friend. When does the voucher arrive?'],
      [
        'aoife',
        1560,
        'Hi Lena, your referral is qualified and the reward is due. It goes out with the next batch.',
      ],
    ],
  },
  {
    between: ['lead:factory.lead@example.com'],
    title: null,
    read: false,
    said: [
      [0, 50, 'Hej! I came through the Autumn page and left my details there.'],
      [0, 49, 'Is this the right place to ask about the team plan?'],
    ],
  },
  {
    between: ['user:two.campaigns@example.com'],
    title: 'Partners campaign for our co-op',
    assignee: 'aoife',
    closed: true,
    said: [
      [
        0,
        4400,
        'I joined through Spring, and now our co-op would like to refer its own members. Is that allowed?',
      ],
      ['aoife', 4310, 'It is. You are now a referrer in Partners, and what Spring owes you stays as it was.'],
      [0, 4300, 'Wonderful, thank you!'],
    ],
  },
  {
    between: ['lead:rafael.costa@example.com'],
    title: null,
    source: 'whatsapp',
    said: [
      [0, 430, 'Oi! Can I use a referral code when I order over WhatsApp?'],
      ['dani', 420, 'Yes, just send me the code and I will note it down.'],
    ],
  },
  {
    between: ['lead:sam.whitaker@example.com'],
    title: null,
    source: 'facebook',
    said: [
      [0, 1810, 'Saw your post about the referral campaign. I already have an account, does that matter?'],
      ['dani', 1790, 'It does not! Could you write to us from the Messenger in the shop as well?'],
    ],
  },
  {
    between: [
      'user:ben.adler@example.com',
      'user:top.referrer@example.com',
      'user:two.campaigns@example.com',
    ],
    title: 'Shared stand at the mountain film festival',
    source: 'email',
    assignee: 'aoife',
    said: [
      [
        0,
        2950,
        'Adding Tomás and Priya. Could the three of us share one referral link for the festival stand?',
      ],
      [1, 2900, 'I am in. Peakline can print the cards.'],
      [2, 2880, 'Same for the co-op. We would split the rewards by hand.'],
      [
        'aoife',
        2700,
        'A link belongs to one referrer, so that every credit is clear. I suggest one for each of you.',
      ],
    ],
  },
  {
    between: ['user:zoe.kallio@example.com'],
    title: 'Thank you 🎉',
    closed: true,
    said: [
      [0, 5900, 'Just wanted to say the rope I bought with my reward is fantastic 🧗‍♀️❤️'],
      ['dani', 5800, 'That makes our day, Zoë! Climb safely.'],
    ],
  },
  {
    between: ['lead:layla.haddad@example.com'],
    title: null,
    said: [
      [0, 1230, 'مرحبًا، وصلني رابط الإحالة من صديقتي. كيف أعرف أنه تم تسجيله؟'],
      ['dani', 1200, 'Hi Layla! I can see your sign-up here. I will check that your friend gets the credit.'],
    ],
  },
  {
    between: ['lead:greta.holm@example.com'],
    title: 'Back again',
    read: false,
    said: [[0, 400, 'I had an account with you years ago and closed it. Can I still be referred as new?']],
  },
  {
    between: ['lead:'],
    title: null,
    read: false,
    said: [
      [0, 36, 'hi, is there some kind of refer a friend thing?'],
      ['fin', 36, 'There is! Leave your email and a teammate will send you the details.'],
    ],
  },
];
