// What end users read, in Brazilian Portuguese.
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
  'messenger.form.consent': 'Meu amigo concorda em receber mensagens suas.',
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
    'Não posso informar detalhes pessoais de indicações porque não consigo verificar a sua conta aqui. Se você não entrou na sua conta, entre e me pergunte de novo. Caso contrário, alguém da equipe pode ajudar você.',
  'fin.unavailable':
    'Não consigo consultar as indicações agora. Tente de novo em alguns minutos ou peça para falar com alguém da equipe.',
  'fin.notFound':
    'Não vejo nenhuma indicação na sua conta. Se você entrou no programa com outro e-mail, alguém da equipe pode verificar para você.',
  'fin.joined.pending':
    'Você entrou em {campaign} em {date}. A sua indicação ainda está pendente: as condições ainda não foram cumpridas.',
  'fin.joined.onTrack':
    'Você entrou em {campaign} em {date}. A sua indicação está no caminho certo e deve ser validada em {until}.',
  'fin.joined.expires': 'Ela tem até {date} para ser validada.',
  'fin.joined.reward': 'Quando ela for validada, você recebe: {reward}.',
  'fin.joined.qualified': 'A sua indicação em {campaign} foi validada em {date}.',
  'fin.joined.disqualified': 'A sua indicação em {campaign} foi encerrada em {date} e não conta mais.',
  'fin.joined.expired': 'A sua indicação em {campaign} expirou em {date} porque não foi validada a tempo.',
  'fin.joined.review':
    'Você entrou em {campaign} em {date}. Nossa equipe precisa analisar a sua indicação antes que ela possa contar.',
  'fin.given.total':
    'Você indicou {total, plural, one {# amigo} other {# amigos}}: {qualified} validados e {pending} pendentes.',
  'fin.given.none': 'Você ainda não indicou ninguém.',
  'fin.given.pending':
    'O amigo que entrou em {campaign} em {date} ainda está pendente: as condições ainda não foram cumpridas.',
  'fin.given.onTrack':
    'O amigo que entrou em {campaign} em {date} está no caminho certo e deve ser validado em {until}.',
  'fin.given.expires': 'Ele tem até {date} para ser validado.',
  'fin.given.qualified': 'O amigo que entrou em {campaign} em {date} foi validado em {at}.',
  'fin.given.disqualified': 'O amigo que entrou em {campaign} em {date} não conta mais.',
  'fin.given.expired': 'O amigo que entrou em {campaign} em {date} não foi validado a tempo.',
  'fin.given.review': 'Nossa equipe está analisando o amigo que entrou em {campaign} em {date}.',
  'fin.given.limit': 'Você atingiu o número de recompensas que {campaign} dá a cada pessoa.',
  'fin.reward.forFriend': '{reward} pelo amigo que entrou em {campaign} em {date}',
  'fin.reward.forJoining': '{reward} por ter entrado em {campaign}',
  'fin.reward.due': '{what}: a receber desde {date}. Está sendo preparada.',
  'fin.reward.issued': '{what}: enviada em {date}.',
  'fin.reward.failed': '{what}: ainda não conseguimos entregar. Nossa equipe está verificando.',
  'fin.reward.canceled': '{what}: cancelada em {date}.',
  'fin.reward.review': '{what}: nossa equipe precisa analisar a recompensa antes de enviar.',
  'fin.reward.expected':
    'Você recebe {reward} assim que o amigo que entrou em {campaign} em {date} for validado.',
  'fin.rewards.total':
    'Você tem {total, plural, one {# recompensa} other {# recompensas}}: {issued} enviadas e {due} a receber.',
  'fin.rewards.none': 'Você ainda não tem recompensas.',
  'fin.link': 'O seu link para {campaign}: {link}',
  'fin.link.closed': 'O seu link para {campaign} não aceita novos amigos no momento.',
  'fin.link.none': 'Você ainda não tem um link de indicação.',
  'fin.link.join': 'Você pode obter um aqui: {link}',
  'fin.link.sent': 'Vamos enviar o seu link de novo. Aqui está ele também: {link}',
  'fin.link.sentBefore': 'O seu link já está a caminho. Aqui está ele também: {link}',
  'fin.missing.reported': 'Obrigado. Nossa equipe vai verificar a indicação que falta e responder a você.',
  'fin.missing.reportedBefore': 'Nossa equipe recebeu o seu aviso e está verificando.',
  'fin.tooMany': 'Você já pediu isso várias vezes hoje. Alguém da equipe pode ajudar você.',
  'fin.notOffered': 'Não posso fazer isso aqui. Alguém da equipe pode ajudar você.',
  'fin.program.both':
    '{campaign}: você recebe {reward} por cada amigo validado, e o seu amigo recebe {friend}.',
  'fin.program.referrer': '{campaign}: você recebe {reward} por cada amigo validado.',
  'fin.program.friend': '{campaign}: o seu amigo recebe {friend} quando for validado.',
  'fin.program.plain': '{campaign}: você pode indicar os seus amigos.',
  'fin.program.ends': 'É possível entrar até {date}.',
  'fin.program.more': 'Há mais {more, plural, one {# campanha} other {# campanhas}}.',
  'fin.program.none': 'No momento não há nenhuma campanha de indicação aberta.',
};
