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
  'messenger.sent.unnamed': 'Gracias. Has recomendado a un amigo.',
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

  // What Fin says.
  'fin.notVerified':
    'No puedo dar detalles personales de las recomendaciones porque aquí no puedo verificar tu cuenta. Si no has iniciado sesión, hazlo y vuelve a preguntarme. Si no, alguien del equipo puede ayudarte.',
  'fin.unavailable':
    'Ahora mismo no puedo consultar las recomendaciones. Inténtalo de nuevo en unos minutos o pide hablar con alguien del equipo.',
  'fin.notFound':
    'No veo ninguna recomendación en tu cuenta. Si te uniste con otro correo electrónico, alguien del equipo puede comprobarlo.',
  'fin.joined.pending':
    'Te uniste a {campaign} el {date}. Tu recomendación sigue pendiente: todavía no se cumplen las condiciones.',
  'fin.joined.onTrack':
    'Te uniste a {campaign} el {date}. Tu recomendación va por buen camino y debería validarse el {until}.',
  'fin.joined.expires': 'Tiene hasta el {date} para validarse.',
  'fin.joined.reward': 'Cuando se valide, recibirás: {reward}.',
  'fin.joined.qualified': 'Tu recomendación en {campaign} se validó el {date}.',
  'fin.joined.disqualified': 'Tu recomendación en {campaign} se cerró el {date} y ya no cuenta.',
  'fin.joined.expired': 'Tu recomendación en {campaign} caducó el {date} porque no se validó a tiempo.',
  'fin.joined.review':
    'Te uniste a {campaign} el {date}. Nuestro equipo debe revisar tu recomendación antes de que pueda contar.',
  'fin.given.total':
    'Has recomendado a {total, plural, one {# amigo} other {# amigos}}: {qualified} validados y {pending} pendientes.',
  'fin.given.none': 'Todavía no has recomendado a nadie.',
  'fin.given.pending':
    'El amigo que se unió a {campaign} el {date} sigue pendiente: todavía no se cumplen las condiciones.',
  'fin.given.onTrack':
    'El amigo que se unió a {campaign} el {date} va por buen camino y debería validarse el {until}.',
  'fin.given.expires': 'Hay tiempo hasta el {date}.',
  'fin.given.qualified': 'El amigo que se unió a {campaign} el {date} se validó el {at}.',
  'fin.given.disqualified': 'El amigo que se unió a {campaign} el {date} ya no cuenta.',
  'fin.given.expired': 'El amigo que se unió a {campaign} el {date} no se validó a tiempo.',
  'fin.given.review': 'Nuestro equipo está revisando al amigo que se unió a {campaign} el {date}.',
  'fin.given.limit': 'Has alcanzado el número de recompensas que {campaign} da a una persona.',
  'fin.reward.forFriend': '{reward} por el amigo que se unió a {campaign} el {date}',
  'fin.reward.forJoining': '{reward} por unirte a {campaign}',
  'fin.reward.due': '{what}: te corresponde desde el {date}. Se está preparando.',
  'fin.reward.issued': '{what}: enviada el {date}.',
  'fin.reward.failed': '{what}: todavía no hemos podido entregarla. Nuestro equipo lo está revisando.',
  'fin.reward.canceled': '{what}: cancelada el {date}.',
  'fin.reward.review': '{what}: nuestro equipo debe revisarla antes de enviarla.',
  'fin.reward.expected': 'Recibirás {reward} cuando se valide el amigo que se unió a {campaign} el {date}.',
  'fin.rewards.total':
    'Tienes {total, plural, one {# recompensa} other {# recompensas}}: {issued} enviadas y {due} por llegar.',
  'fin.rewards.none': 'Todavía no tienes recompensas.',
  'fin.link': 'Tu enlace para {campaign}: {link}',
  'fin.link.closed': 'Tu enlace para {campaign} no admite nuevos amigos en este momento.',
  'fin.link.none': 'Todavía no tienes un enlace de recomendación.',
  'fin.link.join': 'Puedes conseguir uno aquí: {link}',
  'fin.link.sent': 'Te enviamos de nuevo tu enlace. Aquí lo tienes también: {link}',
  'fin.link.sentBefore': 'Tu enlace ya está en camino. Aquí lo tienes también: {link}',
  'fin.missing.reported': 'Gracias. Nuestro equipo comprobará la recomendación que falta y te responderá.',
  'fin.missing.reportedBefore': 'Nuestro equipo tiene tu aviso y lo está comprobando.',
  'fin.tooMany': 'Hoy ya lo has pedido varias veces. Alguien del equipo puede ayudarte.',
  'fin.notOffered': 'No puedo hacerlo aquí. Alguien del equipo puede ayudarte.',
  'fin.program.both': '{campaign}: recibes {reward} por cada amigo validado, y tu amigo recibe {friend}.',
  'fin.program.referrer': '{campaign}: recibes {reward} por cada amigo validado.',
  'fin.program.friend': '{campaign}: tu amigo recibe {friend} cuando se valide.',
  'fin.program.plain': '{campaign}: puedes recomendar a tus amigos.',
  'fin.program.ends': 'Se puede participar hasta el {date}.',
  'fin.program.more': 'Hay {more, plural, one {# campaña más} other {# campañas más}}.',
  'fin.program.none': 'Ahora mismo no hay ninguna campaña de recomendación abierta.',
};
