// The shop's page as it looks: the form of a friend who was sent a link, and the welcome after it.
import { escaped, page } from '../oauth-page.ts';

type Filled = { ref: string; email: string; name: string; phone: string; activity: string };

/** Of the campaign at /shop/give-ten-get-ten: "Give ten get ten". */
const titleOf = (slug: string) => slug.charAt(0).toUpperCase() + slug.slice(1).replaceAll('-', ' ');

/** `problem` stands above the form, which keeps what was typed. */
export function joinPage(campaign: string, filled: Filled, problem: string | null, nonce: string): string {
  const field = (name: keyof Filled, label: string, type: string, needed = false) =>
    `<label for="${name}">${label}</label><input id="${name}" name="${name}" type="${type}"
      value="${escaped(filled[name])}"${needed ? ' required' : ''}>`;
  return page(
    `Northwind Outfitters: ${titleOf(campaign)}`,
    nonce,
    `<h1>A friend sent you to <strong>Northwind Outfitters</strong></h1>
    <p class="quiet">Join ${titleOf(campaign)}, and you both get a reward.</p>
    ${problem === null ? '' : `<p role="alert">${escaped(problem)}</p>`}
    <form method="post">
      <input type="hidden" name="ref" value="${escaped(filled.ref)}">
      ${field('name', 'Your name', 'text', campaign === 'autumn')}
      ${field('email', 'Your email', 'email', true)}
      ${field('phone', 'Your phone (optional)', 'tel')}
      ${field('activity', 'Favorite activity, such as climbing or sailing (optional)', 'text')}
      <div class="buttons"><button class="primary">Join</button></div>
    </form>`,
  );
}

export function joinedPage(campaign: string, { name, email }: Filled, nonce: string): string {
  return page(
    'Welcome to Northwind Outfitters',
    nonce,
    `<h1>Welcome, <strong>${escaped(name || email)}</strong></h1>
    <p class="quiet">You have joined ${titleOf(campaign)}. In a moment you are a contact in
      <a href="/">the inbox of the shop’s support team</a>: search there for ${escaped(email)}.</p>`,
  );
}
