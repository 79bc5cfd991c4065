// Opens a sheet's page as the browser does, and says what would keep Intercom from showing it.

export type OpenedSheet = {
  status: number | null;
  html: string;
  headers: Headers;
  problems: string[];
};

const scriptHost = 'https://js.intercomcdn.com';

/** Posts the form as the iframe does: unsigned, with one field. */
export async function openSheetPage(
  url: string,
  intercomData: string,
  patienceMs: number,
): Promise<OpenedSheet> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ intercom_data: intercomData }),
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { status: null, html: '', headers: new Headers(), problems: [`no answer: ${problem}`] };
  }
  const html = await answer.text();
  return { status: answer.status, html, headers: answer.headers, problems: sheetProblems(answer, html) };
}

function sheetProblems({ status, headers }: Response, html: string): string[] {
  const problems: string[] = [];
  if (status >= 300 && status < 400) problems.push(`status ${status}: a sheet must not redirect`);
  else if (status !== 200) problems.push(`status ${status}: the sheet stays empty`);
  if (!/^text\/html\b/i.test(headers.get('content-type') ?? '')) problems.push('the sheet is not a page');
  if (headers.has('x-frame-options')) problems.push('X-Frame-Options keeps the sheet from being framed');
  const policy = headers.get('content-security-policy');
  if (policy !== null) problems.push(...policyProblems(policy));
  if (!html.includes('messenger-sheet-library')) problems.push('the page does not load the sheet library');
  return problems;
}

function policyProblems(policy: string): string[] {
  const directives = new Map(
    policy.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/);
      return [name.toLowerCase(), sources];
    }),
  );
  const scripts = directives.get('script-src') ?? directives.get('default-src');
  const allows = scripts?.some((source) => source === 'https:' || source.replace(/\/$/, '') === scriptHost);
  return [
    ...(directives.has('frame-ancestors') ? ['frame-ancestors keeps the sheet from being framed'] : []),
    ...(scripts !== undefined && !allows ? [`the policy does not allow scripts from ${scriptHost}`] : []),
  ];
}
