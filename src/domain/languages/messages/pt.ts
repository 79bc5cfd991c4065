// What end users read, in Portuguese.
import type { en } from './en.ts';

export const pt: Record<keyof typeof en, string> = {
  'messenger.title': 'Indique um amigo',
  'messenger.intro': 'Compartilhe o seu próprio link com amigos.',
  'messenger.reward.you': 'Para você: {reward}',
  'messenger.reward.friend': 'Para o seu amigo: {reward}',
  'messenger.public.logIn': 'Entre na sua conta para receber o seu link e acompanhar as suas indicações.',
  'messenger.public.unverified':
    'O seu link não pode ser mostrado aqui. Fale conosco e enviaremos para você.',
  'messenger.public.more': 'Sobre o programa',

  'messenger.join.offer': 'Participe para receber o seu próprio link.',
  'messenger.join.press': 'Participar',
  'messenger.join.done': 'Agora você participa de {campaign}.',
  'messenger.choose': 'Escolha um programa',

  'messenger.refer': 'Indicar um amigo',
  'messenger.link': 'O seu link',
  'messenger.share.email': 'Compartilhar por e-mail',
  'messenger.share.whatsapp': 'Compartilhar no WhatsApp',
  'messenger.share.x': 'Compartilhar no X',
  'messenger.share.linkedin': 'Compartilhar no LinkedIn',
  'messenger.share.subject': 'Uma indicação para você',
  'messenger.share.text': 'Eu gosto disto e acho que você também vai gostar:',

  'messenger.progress': 'As minhas indicações',
  'messenger.progress.joined':
    '{count, plural, =0 {Nenhum amigo entrou ainda} one {# amigo entrou} other {# amigos entraram}}',
  'messenger.progress.pending': '{count, plural, one {# pendente} other {# pendentes}}',
  'messenger.progress.qualified': '{count, plural, one {# válida} other {# válidas}}',
  'messenger.progress.over': '{count, plural, one {# não conta} other {# não contam}}',
  'messenger.progress.needs': 'Uma indicação conta quando as condições do programa são cumpridas.',

  'messenger.rewards': 'As minhas recompensas',
  'messenger.rewards.none': 'Ainda não há recompensas.',
  'messenger.rewards.promised': 'Para cada indicação válida: {reward}',
  'messenger.rewards.due': 'A receber desde {date}',
  'messenger.rewards.approved': 'Aprovada em {date}',
  'messenger.rewards.issued': 'Entregue em {date}',
  'messenger.rewards.canceled': 'Cancelada em {date}',
  'messenger.rewards.failed': 'Atrasada: estamos verificando',
  'messenger.rewards.more':
    '{count, plural, one {e # recompensa anterior} other {e # recompensas anteriores}}',

  'messenger.friends': 'Últimos amigos',
  'messenger.friends.none': 'Nenhum amigo entrou ainda.',
  'messenger.friends.unnamed': 'Um amigo',
  'messenger.status.pending': 'Pendente',
  'messenger.status.qualified': 'Válida',
  'messenger.status.disqualified': 'Não conta',
  'messenger.status.expired': 'Expirada',

  'messenger.form.name': 'Nome do seu amigo',
  'messenger.form.email': 'E-mail do seu amigo',
  'messenger.form.words': 'Nas suas palavras (opcional)',
  'messenger.form.consent': 'Meu amigo concorda em receber notícias suas.',
  'messenger.form.send': 'Indicar',
  'messenger.form.longer': 'Adicionar as suas palavras',
  'messenger.form.problem.name': 'Escreva o nome do seu amigo.',
  'messenger.form.problem.email': 'Escreva um e-mail válido.',
  'messenger.form.problem.own': 'Esse é o seu próprio e-mail. Escreva o do seu amigo.',
  'messenger.form.problem.consent': 'O seu amigo precisa concordar primeiro.',
  'messenger.form.problem.words': 'Use no máximo {max} caracteres.',
  'messenger.form.limit':
    'Você atingiu o limite de {count, plural, one {# amigo} other {# amigos}} para um dia.',
  'messenger.sent': 'Obrigado. Você indicou {name}.',
  'messenger.sent.unnamed': 'Obrigado. Você indicou um amigo.',
  'messenger.sent.rules':
    'Contam pessoas novas para nós que cumprem as condições do programa. Quem já nos conhece não conta.',

  'messenger.paused': 'O programa está em pausa. Por enquanto ninguém pode entrar.',
  'messenger.ended': 'O programa terminou. Ninguém mais pode entrar.',
  'messenger.none': 'No momento não há programa de indicação.',
  'messenger.off': 'O programa de indicação não é mostrado aqui.',
  'messenger.unavailable': 'Não é possível mostrar isto agora.',
  'messenger.stale': 'Isso não existe mais. Esta é a situação atual.',
  'messenger.tryAgain': 'Tentar de novo',
  'messenger.back': 'Voltar',
  'messenger.done': 'Concluído',
  'messenger.placeholder': 'Cada pessoa vê aqui o seu link de indicação e as suas recompensas.',

  'messenger.sheet.expired': 'Esta página é antiga demais. Feche-a e abra de novo.',
  'messenger.sheet.sending': 'Um momento',
  'messenger.sheet.close': 'Fechar',

  // What Fin says.
  'fin.notVerified':
    'Não posso dar detalhes pessoais de indicações porque não consigo verificar a sua conta aqui. Se não iniciou sessão, inicie-a e pergunte-me de novo. Caso contrário, alguém da equipa pode ajudá-lo.',
  'fin.unavailable':
    'Não consigo consultar as indicações neste momento. Tente novamente dentro de alguns minutos ou peça para falar com alguém da equipa.',
  'fin.notFound':
    'Não vejo nenhuma indicação na sua conta. Se aderiu com outro e-mail, alguém da equipa pode verificar por si.',
  'fin.joined.pending':
    'Aderiu a {campaign} em {date}. A sua indicação continua pendente: as condições ainda não foram cumpridas.',
  'fin.joined.onTrack':
    'Aderiu a {campaign} em {date}. A sua indicação está bem encaminhada e deverá ser validada em {until}.',
  'fin.joined.expires': 'Tem até {date} para ser validada.',
  'fin.joined.reward': 'Quando for validada, recebe: {reward}.',
  'fin.joined.qualified': 'A sua indicação em {campaign} foi validada em {date}.',
  'fin.joined.disqualified': 'A sua indicação em {campaign} foi encerrada em {date} e já não conta.',
  'fin.joined.expired': 'A sua indicação em {campaign} expirou em {date} porque não foi validada a tempo.',
  'fin.joined.review':
    'Aderiu a {campaign} em {date}. A nossa equipa tem de analisar a sua indicação antes de ela poder contar.',
  'fin.given.total':
    'Indicou {total, plural, one {# amigo} other {# amigos}}: {qualified} validados e {pending} pendentes.',
  'fin.given.none': 'Ainda não indicou ninguém.',
  'fin.given.pending':
    'O amigo que aderiu a {campaign} em {date} continua pendente: as condições ainda não foram cumpridas.',
  'fin.given.onTrack':
    'O amigo que aderiu a {campaign} em {date} está bem encaminhado e deverá ser validado em {until}.',
  'fin.given.expires': 'Há tempo até {date}.',
  'fin.given.qualified': 'O amigo que aderiu a {campaign} em {date} foi validado em {at}.',
  'fin.given.disqualified': 'O amigo que aderiu a {campaign} em {date} já não conta.',
  'fin.given.expired': 'O amigo que aderiu a {campaign} em {date} não foi validado a tempo.',
  'fin.given.review': 'A nossa equipa está a analisar o amigo que aderiu a {campaign} em {date}.',
  'fin.given.limit': 'Atingiu o número de recompensas que {campaign} dá a uma pessoa.',
  'fin.reward.forFriend': '{reward} pelo amigo que aderiu a {campaign} em {date}',
  'fin.reward.forJoining': '{reward} por ter aderido a {campaign}',
  'fin.reward.due': '{what}: por entregar desde {date}. Está a ser preparada.',
  'fin.reward.issued': '{what}: enviada em {date}.',
  'fin.reward.failed': '{what}: ainda não a conseguimos entregar. A nossa equipa está a tratar do assunto.',
  'fin.reward.canceled': '{what}: cancelada em {date}.',
  'fin.reward.review': '{what}: a nossa equipa tem de a analisar antes de a enviar.',
  'fin.reward.expected': 'Recebe {reward} assim que o amigo que aderiu a {campaign} em {date} for validado.',
  'fin.rewards.total':
    'Tem {total, plural, one {# recompensa} other {# recompensas}}: {issued} enviadas e {due} por receber.',
  'fin.rewards.none': 'Ainda não tem recompensas.',
  'fin.link': 'O seu link para {campaign}: {link}',
  'fin.link.closed': 'O seu link para {campaign} não aceita novos amigos neste momento.',
  'fin.link.none': 'Ainda não tem um link de indicação.',
  'fin.link.join': 'Pode obter um aqui: {link}',
  'fin.link.sent': 'Vamos enviar-lhe o link novamente. Aqui está também: {link}',
  'fin.link.sentBefore': 'O seu link já vai a caminho. Aqui está também: {link}',
  'fin.missing.reported': 'Obrigado. A nossa equipa vai verificar a indicação em falta e responder-lhe.',
  'fin.missing.reportedBefore': 'A nossa equipa tem o seu aviso e está a verificá-lo.',
  'fin.tooMany': 'Já pediu isto várias vezes hoje. Alguém da equipa pode ajudá-lo.',
  'fin.notOffered': 'Não posso fazer isso aqui. Alguém da equipa pode ajudá-lo.',
  'fin.program.both': '{campaign}: recebe {reward} por cada amigo validado, e o seu amigo recebe {friend}.',
  'fin.program.referrer': '{campaign}: recebe {reward} por cada amigo validado.',
  'fin.program.friend': '{campaign}: o seu amigo recebe {friend} quando for validado.',
  'fin.program.plain': '{campaign}: pode indicar os seus amigos.',
  'fin.program.ends': 'É possível aderir até {date}.',
  'fin.program.more': 'Há mais {more, plural, one {# campanha} other {# campanhas}}.',
  'fin.program.none': 'Neste momento não há nenhuma campanha de indicação aberta.',
};
