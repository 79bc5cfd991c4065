// What end users read, in Spanish.
import type { en } from './en.ts';

export const es: Record<keyof typeof en, string> = {
  'messenger.title': 'Recomienda a un amigo',
  'messenger.intro': 'Comparte tu propio enlace con tus amigos.',
  'messenger.reward.you': 'Para ti: {reward}',
  'messenger.reward.friend': 'Para tu amigo: {reward}',
  'messenger.public.logIn': 'Inicia sesión para obtener tu enlace y ver cómo van tus recomendaciones.',
  'messenger.public.unverified': 'Tu enlace no se puede mostrar aquí. Pídenoslo y te lo enviaremos.',
  'messenger.public.more': 'Sobre el programa',

  'messenger.join.offer': 'Únete para obtener tu propio enlace.',
  'messenger.join.press': 'Unirme',
  'messenger.join.done': 'Ya participas en {campaign}.',
  'messenger.choose': 'Elige un programa',

  'messenger.refer': 'Recomendar a un amigo',
  'messenger.link': 'Tu enlace',
  'messenger.share.email': 'Compartir por correo',
  'messenger.share.whatsapp': 'Compartir en WhatsApp',
  'messenger.share.x': 'Compartir en X',
  'messenger.share.linkedin': 'Compartir en LinkedIn',
  'messenger.share.subject': 'Una recomendación para ti',
  'messenger.share.text': 'Me gusta, y creo que a ti también te gustará:',

  'messenger.progress': 'Mi progreso',
  'messenger.progress.joined':
    '{count, plural, =0 {Aún no se ha unido nadie} one {# amigo se ha unido} other {# amigos se han unido}}',
  'messenger.progress.pending': '{count, plural, one {# pendiente} other {# pendientes}}',
  'messenger.progress.qualified': '{count, plural, one {# válido} other {# válidos}}',
  'messenger.progress.over': '{count, plural, one {# no cuenta} other {# no cuentan}}',
  'messenger.progress.needs': 'Una recomendación cuenta cuando se cumplen las condiciones del programa.',

  'messenger.rewards': 'Mis recompensas',
  'messenger.rewards.none': 'Aún no hay recompensas.',
  'messenger.rewards.promised': 'Por cada recomendación válida: {reward}',
  'messenger.rewards.due': 'Por recibir desde el {date}',
  'messenger.rewards.approved': 'Aprobada el {date}',
  'messenger.rewards.issued': 'Entregada el {date}',
  'messenger.rewards.canceled': 'Cancelada el {date}',
  'messenger.rewards.failed': 'Con retraso: lo estamos revisando',
  'messenger.rewards.more':
    '{count, plural, one {y # recompensa anterior} other {y # recompensas anteriores}}',

  'messenger.friends': 'Últimos amigos',
  'messenger.friends.none': 'Aún no se ha unido nadie.',
  'messenger.friends.unnamed': 'Un amigo',
  'messenger.status.pending': 'Pendiente',
  'messenger.status.qualified': 'Válida',
  'messenger.status.disqualified': 'No cuenta',
  'messenger.status.expired': 'Caducada',

  'messenger.form.name': 'Nombre de tu amigo',
  'messenger.form.email': 'Correo de tu amigo',
  'messenger.form.words': 'Con tus palabras (opcional)',
  'messenger.form.consent': 'Mi amigo acepta recibir noticias tuyas.',
  'messenger.form.send': 'Recomendar',
  'messenger.form.longer': 'Añadir tus palabras',
  'messenger.form.problem.name': 'Escribe el nombre de tu amigo.',
  'messenger.form.problem.email': 'Escribe un correo válido.',
  'messenger.form.problem.own': 'Ese es tu propio correo. Escribe el de tu amigo.',
  'messenger.form.problem.consent': 'Tu amigo tiene que estar de acuerdo primero.',
  'messenger.form.problem.words': 'Usa como máximo {max} caracteres.',
  'messenger.form.limit':
    'Has alcanzado el límite de {count, plural, one {# amigo} other {# amigos}} para un día.',
  'messenger.sent': 'Gracias. Has recomendado a {name}.',
  'messenger.sent.rules':
    'Cuentan las personas que son nuevas para nosotros y cumplen las condiciones del programa. Quienes ya nos conocen no cuentan.',

  'messenger.paused': 'El programa está en pausa. Por ahora nadie puede unirse.',
  'messenger.ended': 'El programa ha terminado. Ya nadie puede unirse.',
  'messenger.none': 'Ahora mismo no hay ningún programa de recomendación.',
  'messenger.off': 'El programa de recomendación no se muestra aquí.',
  'messenger.unavailable': 'Esto no se puede mostrar ahora.',
  'messenger.stale': 'Eso ya no está. Esto es lo que hay ahora.',
  'messenger.tryAgain': 'Volver a intentarlo',
  'messenger.back': 'Volver',
  'messenger.done': 'Listo',
  'messenger.placeholder': 'Cada persona ve aquí su enlace de recomendación y sus recompensas.',

  'messenger.sheet.expired': 'Esta página es demasiado antigua. Ciérrala y ábrela de nuevo.',
  'messenger.sheet.sending': 'Un momento',
  'messenger.sheet.close': 'Cerrar',
};
