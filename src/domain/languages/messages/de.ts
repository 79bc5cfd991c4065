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
};
