// What end users read, in German.
import type { en } from './en.ts';

export const de: Record<keyof typeof en, string> = {
  'messenger.title': 'Freunde empfehlen',
  'messenger.intro': 'Teilen Sie Ihren eigenen Link mit Freunden.',
  'messenger.reward.you': 'Für Sie: {reward}',
  'messenger.reward.friend': 'Für Ihre Freunde: {reward}',
  'messenger.public.logIn':
    'Melden Sie sich an, um Ihren eigenen Link zu erhalten und zu sehen, was aus Ihren Empfehlungen wird.',
  'messenger.public.unverified':
    'Ihr eigener Link kann hier nicht angezeigt werden. Fragen Sie uns, wir senden ihn Ihnen.',
  'messenger.public.more': 'Über das Programm',

  'messenger.join.offer': 'Machen Sie mit und erhalten Sie Ihren eigenen Link.',
  'messenger.join.press': 'Mitmachen',
  'messenger.join.done': 'Sie machen jetzt mit: {campaign}.',
  'messenger.choose': 'Programm auswählen',

  'messenger.refer': 'Jemanden empfehlen',
  'messenger.link': 'Ihr Link',
  'messenger.share.email': 'Per E-Mail teilen',
  'messenger.share.whatsapp': 'Auf WhatsApp teilen',
  'messenger.share.x': 'Auf X teilen',
  'messenger.share.linkedin': 'Auf LinkedIn teilen',
  'messenger.share.subject': 'Eine Empfehlung für dich',
  'messenger.share.text': 'Mir gefällt das, und dir vielleicht auch:',

  'messenger.progress': 'Mein Stand',
  'messenger.progress.joined':
    '{count, plural, =0 {Noch niemand ist dabei} one {# Person ist dabei} other {# Personen sind dabei}}',
  'messenger.progress.pending': '{count, plural, one {# offen} other {# offen}}',
  'messenger.progress.qualified': '{count, plural, one {# zählt} other {# zählen}}',
  'messenger.progress.over': '{count, plural, one {# zählt nicht} other {# zählen nicht}}',
  'messenger.progress.needs': 'Eine Empfehlung zählt, sobald die Bedingungen des Programms erfüllt sind.',

  'messenger.rewards': 'Meine Prämien',
  'messenger.rewards.none': 'Noch keine Prämien.',
  'messenger.rewards.promised': 'Für jede Empfehlung, die zählt: {reward}',
  'messenger.rewards.due': 'Steht aus seit {date}',
  'messenger.rewards.approved': 'Freigegeben am {date}',
  'messenger.rewards.issued': 'Ausgegeben am {date}',
  'messenger.rewards.canceled': 'Storniert am {date}',
  'messenger.rewards.failed': 'Verzögert: Wir kümmern uns darum',
  'messenger.rewards.more': '{count, plural, one {und # frühere Prämie} other {und # frühere Prämien}}',

  'messenger.friends': 'Letzte Empfehlungen',
  'messenger.friends.none': 'Noch niemand ist dabei.',
  'messenger.friends.unnamed': 'Eine Empfehlung',
  'messenger.status.pending': 'Offen',
  'messenger.status.qualified': 'Zählt',
  'messenger.status.disqualified': 'Zählt nicht',
  'messenger.status.expired': 'Abgelaufen',

  'messenger.form.name': 'Name der empfohlenen Person',
  'messenger.form.email': 'E-Mail der empfohlenen Person',
  'messenger.form.words': 'In Ihren Worten (optional)',
  'messenger.form.consent': 'Die Person ist damit einverstanden, von Ihnen zu hören.',
  'messenger.form.send': 'Empfehlen',
  'messenger.form.longer': 'Eigene Worte hinzufügen',
  'messenger.form.problem.name': 'Geben Sie einen Namen ein.',
  'messenger.form.problem.email': 'Geben Sie eine gültige E-Mail-Adresse ein.',
  'messenger.form.problem.own': 'Das ist Ihre eigene E-Mail-Adresse.',
  'messenger.form.problem.consent': 'Die Person muss zuerst einverstanden sein.',
  'messenger.form.problem.words': 'Verwenden Sie höchstens {max} Zeichen.',
  'messenger.form.limit':
    'Sie haben das Limit von {count, plural, one {# Person} other {# Personen}} für einen Tag erreicht.',
  'messenger.sent': 'Vielen Dank. Sie haben {name} empfohlen.',
  'messenger.sent.unnamed': 'Vielen Dank. Sie haben uns weiterempfohlen.',
  'messenger.sent.rules':
    'Es zählen Personen, die neu bei uns sind und die Bedingungen des Programms erfüllen. Wer uns schon kennt, zählt nicht.',

  'messenger.paused': 'Das Programm pausiert. Zurzeit kann niemand neu dazukommen.',
  'messenger.ended': 'Das Programm ist beendet. Niemand kann mehr neu dazukommen.',
  'messenger.none': 'Zurzeit gibt es kein Empfehlungsprogramm.',
  'messenger.off': 'Das Empfehlungsprogramm wird hier nicht angezeigt.',
  'messenger.unavailable': 'Das kann gerade nicht angezeigt werden.',
  'messenger.stale': 'Das gibt es nicht mehr. So ist der Stand jetzt.',
  'messenger.tryAgain': 'Noch einmal versuchen',
  'messenger.back': 'Zurück',
  'messenger.done': 'Fertig',
  'messenger.placeholder': 'Jede Person sieht hier ihren eigenen Empfehlungslink und ihre Prämien.',

  'messenger.sheet.expired': 'Diese Seite ist zu alt. Schließen Sie sie und öffnen Sie sie neu.',
  'messenger.sheet.sending': 'Einen Moment',
  'messenger.sheet.close': 'Schließen',

  // What Fin says.
  'fin.notVerified':
    'Persönliche Angaben zu Empfehlungen kann ich nicht nennen, weil ich Ihr Konto hier nicht prüfen kann. Falls Sie nicht angemeldet sind, melden Sie sich an und fragen Sie mich noch einmal. Sonst hilft Ihnen ein Teammitglied.',
  'fin.unavailable':
    'Ich kann Empfehlungen gerade nicht nachsehen. Bitte versuchen Sie es in ein paar Minuten noch einmal, oder fragen Sie nach einem Teammitglied.',
  'fin.notFound':
    'Unter Ihrem Konto sehe ich keine Empfehlung. Falls Sie sich mit einer anderen E-Mail-Adresse angemeldet haben, kann ein Teammitglied für Sie nachsehen.',
  'fin.joined.pending':
    'Sie sind seit {date} bei {campaign} dabei. Ihre Empfehlung ist noch offen: Die Bedingungen sind noch nicht erfüllt.',
  'fin.joined.onTrack':
    'Sie sind seit {date} bei {campaign} dabei. Ihre Empfehlung ist auf gutem Weg und sollte am {until} zählen.',
  'fin.joined.expires': 'Sie hat dafür bis zum {date} Zeit.',
  'fin.joined.reward': 'Sobald sie zählt, erhalten Sie: {reward}.',
  'fin.joined.qualified': 'Ihre Empfehlung in {campaign} zählt seit {date}.',
  'fin.joined.disqualified':
    'Ihre Empfehlung in {campaign} wurde am {date} geschlossen und zählt nicht mehr.',
  'fin.joined.expired':
    'Ihre Empfehlung in {campaign} ist am {date} abgelaufen, weil die Bedingungen nicht rechtzeitig erfüllt wurden.',
  'fin.joined.review':
    'Sie sind seit {date} bei {campaign} dabei. Unser Team muss Ihre Empfehlung noch prüfen, bevor sie zählen kann.',
  'fin.given.total':
    'Sie haben {total, plural, one {# Person} other {# Personen}} empfohlen: {qualified} zählen, {pending} sind noch offen.',
  'fin.given.none': 'Sie haben noch niemanden empfohlen.',
  'fin.given.pending':
    'Die Person, die seit {date} bei {campaign} dabei ist, ist noch offen: Die Bedingungen sind noch nicht erfüllt.',
  'fin.given.onTrack':
    'Die Person, die seit {date} bei {campaign} dabei ist, ist auf gutem Weg und sollte am {until} zählen.',
  'fin.given.expires': 'Dafür ist bis zum {date} Zeit.',
  'fin.given.qualified': 'Die Person, die seit {date} bei {campaign} dabei ist, zählt seit {at}.',
  'fin.given.disqualified': 'Die Person, die seit {date} bei {campaign} dabei war, zählt nicht mehr.',
  'fin.given.expired':
    'Die Person, die seit {date} bei {campaign} dabei war, hat die Bedingungen nicht rechtzeitig erfüllt.',
  'fin.given.review': 'Unser Team prüft die Empfehlung der Person, die seit {date} bei {campaign} dabei ist.',
  'fin.given.limit': 'Sie haben so viele Prämien erhalten, wie {campaign} einer Person gibt.',
  'fin.reward.forFriend': '{reward} für die Person, die seit {date} bei {campaign} dabei ist',
  'fin.reward.forJoining': '{reward} für Ihre Teilnahme an {campaign}',
  'fin.reward.due': '{what}: fällig seit {date}. Wird vorbereitet.',
  'fin.reward.issued': '{what}: gesendet am {date}.',
  'fin.reward.failed': '{what}: Wir konnten sie noch nicht zustellen. Unser Team kümmert sich darum.',
  'fin.reward.canceled': '{what}: am {date} storniert.',
  'fin.reward.review': '{what}: Unser Team muss sie noch prüfen, bevor sie gesendet wird.',
  'fin.reward.expected':
    'Sie erhalten {reward}, sobald die Person zählt, die seit {date} bei {campaign} dabei ist.',
  'fin.rewards.total':
    'Sie haben {total, plural, one {# Prämie} other {# Prämien}}: {issued} gesendet, {due} stehen noch aus.',
  'fin.rewards.none': 'Sie haben noch keine Prämien.',
  'fin.link': 'Ihr Link für {campaign}: {link}',
  'fin.link.closed': 'Ihr Link für {campaign} ist derzeit nicht für neue Personen offen.',
  'fin.link.none': 'Sie haben noch keinen Empfehlungslink.',
  'fin.link.join': 'Hier bekommen Sie einen: {link}',
  'fin.link.sent': 'Wir senden Ihnen den Link noch einmal. Hier ist er auch: {link}',
  'fin.link.sentBefore': 'Ihr Link ist schon unterwegs. Hier ist er auch: {link}',
  'fin.missing.reported': 'Vielen Dank. Unser Team prüft die fehlende Empfehlung und meldet sich bei Ihnen.',
  'fin.missing.reportedBefore': 'Unser Team hat Ihre Meldung und prüft sie.',
  'fin.tooMany': 'Das haben Sie heute schon mehrmals angefragt. Ein Teammitglied kann Ihnen weiterhelfen.',
  'fin.notOffered': 'Das kann ich hier nicht tun. Ein Teammitglied kann Ihnen helfen.',
  'fin.program.both':
    '{campaign}: Sie erhalten {reward} für jede Person, die zählt, und die Person erhält {friend}.',
  'fin.program.referrer': '{campaign}: Sie erhalten {reward} für jede Person, die zählt.',
  'fin.program.friend': '{campaign}: Die empfohlene Person erhält {friend}, sobald sie zählt.',
  'fin.program.plain': '{campaign}: Sie können Freunde empfehlen.',
  'fin.program.ends': 'Teilnehmen kann man bis zum {date}.',
  'fin.program.more': 'Es gibt noch {more, plural, one {# weitere Kampagne} other {# weitere Kampagnen}}.',
  'fin.program.none': 'Zurzeit läuft keine offene Empfehlungsaktion.',
};
