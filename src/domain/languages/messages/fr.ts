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
};
