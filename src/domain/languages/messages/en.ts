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
  'messenger.sent.unnamed': 'Thank you. You referred a friend.',
  'messenger.sent.rules':
    'People count when they are new to us and meet the conditions of the program. Existing customers do not count.',

  'messenger.paused': 'The program is paused. Friends cannot join right now.',
  'messenger.ended': 'The program has ended. Friends can no longer join.',
  'messenger.none': 'There is no referral program right now.',
  'messenger.off': 'The referral program is not shown here.',
  'messenger.unavailable': 'This cannot be shown right now.',
  'messenger.stale': 'That has changed. This is the current version.',
  'messenger.tryAgain': 'Try again',
  'messenger.back': 'Back',
  'messenger.done': 'Done',
  'messenger.placeholder': 'Each person sees their own referral link and rewards here.',

  'messenger.sheet.expired': 'This page has expired. Close it and open it again.',
  'messenger.sheet.sending': 'One moment',
  'messenger.sheet.close': 'Close',

  // What Fin says.
  'fin.notVerified':
    'I can’t share personal referral details because I can’t verify your account here. If you are not logged in, log in and ask me again. Otherwise a teammate can help you.',
  'fin.unavailable':
    'I can’t look up referrals right now. Please try again in a few minutes, or ask to speak with a teammate.',
  'fin.notFound':
    'I don’t see any referral under your account. If you joined with a different email, a teammate can look it up for you.',
  'fin.joined.pending':
    'You joined {campaign} on {date}. Your referral is still pending: its conditions are not met yet.',
  'fin.joined.onTrack':
    'You joined {campaign} on {date}. Your referral is on track and should qualify on {until}.',
  'fin.joined.expires': 'It has until {date} to qualify.',
  'fin.joined.reward': 'Once it qualifies, you get {reward}.',
  'fin.joined.qualified': 'Your referral in {campaign} qualified on {date}.',
  'fin.joined.disqualified': 'Your referral in {campaign} was closed on {date} and no longer counts.',
  'fin.joined.expired': 'Your referral in {campaign} expired on {date} because it did not qualify in time.',
  'fin.joined.review':
    'You joined {campaign} on {date}. Our team needs to review your referral before it can count.',
  'fin.given.total':
    'You referred {total, plural, one {# friend} other {# friends}}: {qualified} qualified and {pending} pending.',
  'fin.given.none': 'You have not referred anyone yet.',
  'fin.given.pending':
    'The friend who joined {campaign} on {date} is still pending: the conditions are not met yet.',
  'fin.given.onTrack':
    'The friend who joined {campaign} on {date} is on track and should qualify on {until}.',
  'fin.given.expires': 'They have until {date}.',
  'fin.given.qualified': 'The friend who joined {campaign} on {date} qualified on {at}.',
  'fin.given.disqualified': 'The friend who joined {campaign} on {date} no longer counts.',
  'fin.given.expired': 'The friend who joined {campaign} on {date} did not qualify in time.',
  'fin.given.review': 'The friend who joined {campaign} on {date} is being reviewed by our team.',
  'fin.given.limit': 'You have reached the number of rewards that {campaign} gives to one person.',
  'fin.reward.forFriend': '{reward} for the friend who joined {campaign} on {date}',
  'fin.reward.forJoining': '{reward} for joining {campaign}',
  'fin.reward.due': '{what}: due since {date}. It is being prepared.',
  'fin.reward.issued': '{what}: sent on {date}.',
  'fin.reward.failed': '{what}: we could not deliver it yet. Our team is looking into it.',
  'fin.reward.canceled': '{what}: canceled on {date}.',
  'fin.reward.review': '{what}: our team needs to review it before it is sent.',
  'fin.reward.expected': 'You get {reward} once the friend who joined {campaign} on {date} qualifies.',
  'fin.rewards.total':
    'You have {total, plural, one {# reward} other {# rewards}}: {issued} sent and {due} still to come.',
  'fin.rewards.none': 'You have no rewards yet.',
  'fin.link': 'Your link for {campaign}: {link}',
  'fin.link.closed': 'Your link for {campaign} is not open for new friends at the moment.',
  'fin.link.none': 'You don’t have a referral link yet.',
  'fin.link.join': 'You can get one here: {link}',
  'fin.link.sent': 'We are sending your link again. Here it is: {link}',
  'fin.link.sentBefore': 'Your link is already on its way. Here it is, too: {link}',
  'fin.missing.reported': 'Thank you. Our team will check the missing referral and get back to you.',
  'fin.missing.reportedBefore': 'Our team has your report and is checking it.',
  'fin.tooMany': 'You have asked for this several times today. A teammate can help you further.',
  'fin.notOffered': 'I can’t do that here. A teammate can help you.',
  'fin.program.both':
    '{campaign}: you get {reward} for each friend who qualifies, and your friend gets {friend}.',
  'fin.program.referrer': '{campaign}: you get {reward} for each friend who qualifies.',
  'fin.program.friend': '{campaign}: your friend gets {friend} once they qualify.',
  'fin.program.plain': '{campaign}: you can refer your friends.',
  'fin.program.ends': 'Friends can join until {date}.',
  'fin.program.more': 'There {more, plural, one {is # more campaign} other {are # more campaigns}}.',
  'fin.program.none': 'There is no open referral campaign at the moment.',
} as const;
