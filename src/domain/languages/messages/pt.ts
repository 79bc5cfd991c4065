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
  'messenger.rewards.promised': 'Por cada indicação válida: {reward}',
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
  'messenger.form.consent': 'O meu amigo concorda em ter notícias suas.',
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
};
