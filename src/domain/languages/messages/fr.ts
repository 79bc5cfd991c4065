// What end users read, in French.
import type { en } from './en.ts';

export const fr: Record<keyof typeof en, string> = {
  'messenger.title': 'Parrainer un ami',
  'messenger.intro': 'Partagez votre propre lien avec vos amis.',
  'messenger.reward.you': 'Pour vous : {reward}',
  'messenger.reward.friend': 'Pour votre ami : {reward}',
  'messenger.public.logIn': 'Connectez-vous pour obtenir votre lien et suivre vos parrainages.',
  'messenger.public.unverified':
    'Votre lien ne peut pas s’afficher ici. Écrivez-nous et nous vous l’enverrons.',
  'messenger.public.more': 'À propos du programme',

  'messenger.join.offer': 'Participez pour obtenir votre propre lien.',
  'messenger.join.press': 'Participer',
  'messenger.join.done': 'Vous participez maintenant à {campaign}.',
  'messenger.choose': 'Choisissez un programme',

  'messenger.refer': 'Parrainer un ami',
  'messenger.link': 'Votre lien',
  'messenger.share.email': 'Partager par e-mail',
  'messenger.share.whatsapp': 'Partager sur WhatsApp',
  'messenger.share.x': 'Partager sur X',
  'messenger.share.linkedin': 'Partager sur LinkedIn',
  'messenger.share.subject': 'Une recommandation pour toi',
  'messenger.share.text': 'Cela me plaît, et je pense que cela te plaira aussi :',

  'messenger.progress': 'Mes parrainages',
  'messenger.progress.joined':
    '{count, plural, =0 {Aucun ami inscrit pour l’instant} one {# ami inscrit} other {# amis inscrits}}',
  'messenger.progress.pending': '{count, plural, one {# en attente} other {# en attente}}',
  'messenger.progress.qualified': '{count, plural, one {# validé} other {# validés}}',
  'messenger.progress.over': '{count, plural, one {# non retenu} other {# non retenus}}',
  'messenger.progress.needs': 'Un parrainage est validé dès que les conditions du programme sont remplies.',

  'messenger.rewards': 'Mes récompenses',
  'messenger.rewards.none': 'Aucune récompense pour l’instant.',
  'messenger.rewards.promised': 'Pour chaque parrainage validé : {reward}',
  'messenger.rewards.due': 'À recevoir depuis le {date}',
  'messenger.rewards.approved': 'Approuvée le {date}',
  'messenger.rewards.issued': 'Remise le {date}',
  'messenger.rewards.canceled': 'Annulée le {date}',
  'messenger.rewards.failed': 'Retardée : nous nous en occupons',
  'messenger.rewards.more':
    '{count, plural, one {et # récompense plus ancienne} other {et # récompenses plus anciennes}}',

  'messenger.friends': 'Derniers amis',
  'messenger.friends.none': 'Aucun ami inscrit pour l’instant.',
  'messenger.friends.unnamed': 'Un ami',
  'messenger.status.pending': 'En attente',
  'messenger.status.qualified': 'Validé',
  'messenger.status.disqualified': 'Non retenu',
  'messenger.status.expired': 'Expiré',

  'messenger.form.name': 'Nom de votre ami',
  'messenger.form.email': 'E-mail de votre ami',
  'messenger.form.words': 'Vos propres mots (facultatif)',
  'messenger.form.consent': 'Mon ami accepte d’avoir de vos nouvelles.',
  'messenger.form.send': 'Parrainer',
  'messenger.form.longer': 'Ajouter vos propres mots',
  'messenger.form.problem.name': 'Saisissez le nom de votre ami.',
  'messenger.form.problem.email': 'Saisissez une adresse e-mail valide.',
  'messenger.form.problem.own': 'C’est votre propre adresse e-mail. Saisissez celle de votre ami.',
  'messenger.form.problem.consent': 'Votre ami doit d’abord être d’accord.',
  'messenger.form.problem.words': 'Utilisez {max} caractères au maximum.',
  'messenger.form.limit':
    'Vous avez atteint la limite de {count, plural, one {# ami} other {# amis}} pour une journée.',
  'messenger.sent': 'Merci. Vous avez parrainé {name}.',
  'messenger.sent.unnamed': 'Merci. Vous avez parrainé un ami.',
  'messenger.sent.rules':
    'Un parrainage compte si la personne est nouvelle chez nous et remplit les conditions du programme. Les personnes qui nous connaissent déjà ne comptent pas.',

  'messenger.paused': 'Le programme est en pause. Personne ne peut s’inscrire pour le moment.',
  'messenger.ended': 'Le programme est terminé. Il n’est plus possible de s’inscrire.',
  'messenger.none': 'Il n’y a pas de programme de parrainage pour le moment.',
  'messenger.off': 'Le programme de parrainage n’est pas affiché ici.',
  'messenger.unavailable': 'Affichage impossible pour le moment.',
  'messenger.stale': 'Cela n’existe plus. Voici la situation actuelle.',
  'messenger.tryAgain': 'Réessayer',
  'messenger.back': 'Retour',
  'messenger.done': 'Terminé',
  'messenger.placeholder': 'Chaque personne voit ici son lien de parrainage et ses récompenses.',

  'messenger.sheet.expired': 'Cette page est trop ancienne. Fermez-la et ouvrez-la de nouveau.',
  'messenger.sheet.sending': 'Un instant',
  'messenger.sheet.close': 'Fermer',

  // What Fin says.
  'fin.notVerified':
    'Je ne peux pas donner de détails personnels sur les parrainages, car je ne peux pas vérifier votre compte ici. Si vous n’êtes pas connecté, connectez-vous et posez-moi à nouveau la question. Sinon, un membre de l’équipe peut vous aider.',
  'fin.unavailable':
    'Je ne peux pas consulter les parrainages pour le moment. Réessayez dans quelques minutes ou demandez à parler à un membre de l’équipe.',
  'fin.notFound':
    'Je ne vois aucun parrainage associé à votre compte. Si vous avez utilisé une autre adresse e-mail, un membre de l’équipe peut vérifier pour vous.',
  'fin.joined.pending':
    'Vous avez rejoint {campaign} le {date}. Votre parrainage est en attente : ses conditions ne sont pas encore remplies.',
  'fin.joined.onTrack':
    'Vous avez rejoint {campaign} le {date}. Votre parrainage est en bonne voie et devrait être validé le {until}.',
  'fin.joined.expires': 'Il doit être validé avant le {date}.',
  'fin.joined.reward': 'Une fois validé, vous recevez : {reward}.',
  'fin.joined.qualified': 'Votre parrainage dans {campaign} a été validé le {date}.',
  'fin.joined.disqualified': 'Votre parrainage dans {campaign} a été clos le {date} et ne compte plus.',
  'fin.joined.expired':
    'Votre parrainage dans {campaign} a expiré le {date}, faute d’avoir été validé à temps.',
  'fin.joined.review':
    'Vous avez rejoint {campaign} le {date}. Notre équipe doit examiner votre parrainage avant qu’il puisse compter.',
  'fin.given.total':
    'Vous avez parrainé {total, plural, one {# ami} other {# amis}} : {qualified} validés et {pending} en attente.',
  'fin.given.none': 'Vous n’avez encore parrainé personne.',
  'fin.given.pending':
    'L’ami qui a rejoint {campaign} le {date} est en attente : les conditions ne sont pas encore remplies.',
  'fin.given.onTrack':
    'L’ami qui a rejoint {campaign} le {date} est en bonne voie et devrait être validé le {until}.',
  'fin.given.expires': 'Le délai court jusqu’au {date}.',
  'fin.given.qualified': 'L’ami qui a rejoint {campaign} le {date} a été validé le {at}.',
  'fin.given.disqualified': 'L’ami qui a rejoint {campaign} le {date} ne compte plus.',
  'fin.given.expired': 'L’ami qui a rejoint {campaign} le {date} n’a pas été validé à temps.',
  'fin.given.review': 'Notre équipe examine le parrainage de l’ami qui a rejoint {campaign} le {date}.',
  'fin.given.limit': 'Vous avez atteint le nombre de récompenses que {campaign} accorde à une personne.',
  'fin.reward.forFriend': '{reward} pour l’ami qui a rejoint {campaign} le {date}',
  'fin.reward.forJoining': '{reward} pour avoir rejoint {campaign}',
  'fin.reward.due': '{what} : à recevoir depuis le {date}. En préparation.',
  'fin.reward.issued': '{what} : envoyée le {date}.',
  'fin.reward.failed': '{what} : nous n’avons pas encore pu la remettre. Notre équipe s’en occupe.',
  'fin.reward.canceled': '{what} : annulée le {date}.',
  'fin.reward.review': '{what} : notre équipe doit l’examiner avant l’envoi.',
  'fin.reward.expected': 'Vous recevez {reward} dès que l’ami qui a rejoint {campaign} le {date} est validé.',
  'fin.rewards.total':
    'Vous avez {total, plural, one {# récompense} other {# récompenses}} : {issued} envoyées et {due} à venir.',
  'fin.rewards.none': 'Vous n’avez pas encore de récompense.',
  'fin.link': 'Votre lien pour {campaign} : {link}',
  'fin.link.closed': 'Votre lien pour {campaign} n’accepte pas de nouveaux amis pour le moment.',
  'fin.link.none': 'Vous n’avez pas encore de lien de parrainage.',
  'fin.link.join': 'Vous pouvez en obtenir un ici : {link}',
  'fin.link.sent': 'Nous vous renvoyons votre lien. Le voici aussi : {link}',
  'fin.link.sentBefore': 'Votre lien est déjà en route. Le voici aussi : {link}',
  'fin.missing.reported': 'Merci. Notre équipe vérifie le parrainage manquant et revient vers vous.',
  'fin.missing.reportedBefore': 'Notre équipe a bien reçu votre signalement et le vérifie.',
  'fin.tooMany':
    'Vous l’avez déjà demandé plusieurs fois aujourd’hui. Un membre de l’équipe peut vous aider.',
  'fin.notOffered': 'Je ne peux pas le faire ici. Un membre de l’équipe peut vous aider.',
  'fin.program.both':
    '{campaign} : vous recevez {reward} pour chaque ami validé, et votre ami reçoit {friend}.',
  'fin.program.referrer': '{campaign} : vous recevez {reward} pour chaque ami validé.',
  'fin.program.friend': '{campaign} : votre ami reçoit {friend} une fois validé.',
  'fin.program.plain': '{campaign} : vous pouvez parrainer vos amis.',
  'fin.program.ends': 'On peut participer jusqu’au {date}.',
  'fin.program.more': 'Il y a encore {more, plural, one {# autre campagne} other {# autres campagnes}}.',
  'fin.program.none': 'Aucune campagne de parrainage n’est ouverte pour le moment.',
};
