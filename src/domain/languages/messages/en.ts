// What end users read, in English. The other languages have the same keys and placeholders.
// Never of paying: Intercom passes on Apple's rule that apps in the Messenger name no purchases.

export const en = {
  'messenger.title': 'Refer a friend',
  'messenger.intro': 'Share your own link with friends.',
  'messenger.reward.you': 'For you: {reward}',
  'messenger.reward.friend': 'For your friend: {reward}',
  'messenger.public.logIn': 'Log in to get your own link and to see how your friends are doing.',
  'messenger.public.unverified': 'Your own link cannot be shown here. Ask us, and we will send it to you.',
  'messenger.public.more': 'About the program',

  'messenger.join.offer': 'Join to get your own link.',
  'messenger.join.press': 'Join',
  'messenger.join.done': 'You have joined {campaign}.',
  'messenger.choose': 'Choose a program',

  'messenger.refer': 'Refer a friend',
  'messenger.link': 'Your link',
  'messenger.share.email': 'Share by email',
  'messenger.share.whatsapp': 'Share on WhatsApp',
  'messenger.share.x': 'Share on X',
  'messenger.share.linkedin': 'Share on LinkedIn',
  'messenger.share.subject': 'A recommendation for you',
  'messenger.share.text': 'I like this, and think you will too:',

  'messenger.progress': 'My progress',
  'messenger.progress.joined':
    '{count, plural, =0 {No friend has joined yet} one {# friend has joined} other {# friends have joined}}',
  'messenger.progress.pending': '{count, plural, one {# pending} other {# pending}}',
  'messenger.progress.qualified': '{count, plural, one {# qualified} other {# qualified}}',
  'messenger.progress.over': '{count, plural, one {# not counted} other {# not counted}}',
  'messenger.progress.needs': 'A friend counts once they meet the conditions of the program.',

  'messenger.rewards': 'My rewards',
  'messenger.rewards.none': 'No rewards yet.',
  'messenger.rewards.promised': 'For each friend who counts: {reward}',
  'messenger.rewards.due': 'Due since {date}',
  'messenger.rewards.approved': 'Approved on {date}',
  'messenger.rewards.issued': 'Issued on {date}',
  'messenger.rewards.canceled': 'Canceled on {date}',
  'messenger.rewards.failed': 'Delayed: we are looking into it',
  'messenger.rewards.more': '{count, plural, one {and # earlier reward} other {and # earlier rewards}}',

  'messenger.friends': 'Latest friends',
  'messenger.friends.none': 'No friend has joined yet.',
  'messenger.friends.unnamed': 'A friend',
  'messenger.status.pending': 'Pending',
  'messenger.status.qualified': 'Qualified',
  'messenger.status.disqualified': 'Not counted',
  'messenger.status.expired': 'Expired',

  'messenger.form.name': 'Your friend’s name',
  'messenger.form.email': 'Your friend’s email',
  'messenger.form.words': 'In your own words (optional)',
  'messenger.form.consent': 'My friend agrees to hear from you.',
  'messenger.form.send': 'Refer',
  'messenger.form.longer': 'Add your own words',
  'messenger.form.problem.name': 'Enter your friend’s name.',
  'messenger.form.problem.email': 'Enter a valid email.',
  'messenger.form.problem.own': 'That is your own email. Enter your friend’s.',
  'messenger.form.problem.consent': 'Your friend has to agree first.',
  'messenger.form.problem.words': 'Use at most {max} characters.',
  'messenger.form.limit':
    'You have reached the limit of {count, plural, one {# friend} other {# friends}} for one day.',
  'messenger.sent': 'Thank you. You referred {name}.',
  'messenger.sent.rules':
    'People count when they are new to us and meet the conditions of the program. Those who know us already do not count.',

  'messenger.paused': 'The program is paused. Friends cannot join right now.',
  'messenger.ended': 'The program has ended. Friends can no longer join.',
  'messenger.none': 'There is no referral program right now.',
  'messenger.off': 'The referral program is not shown here.',
  'messenger.unavailable': 'This cannot be shown right now.',
  'messenger.stale': 'That is no longer there. This is what there is now.',
  'messenger.tryAgain': 'Try again',
  'messenger.back': 'Back',
  'messenger.done': 'Done',
  'messenger.placeholder': 'Each person sees their own referral link and rewards here.',

  'messenger.sheet.expired': 'This page is too old. Close it, and open it again.',
  'messenger.sheet.sending': 'One moment',
  'messenger.sheet.close': 'Close',
} as const;
