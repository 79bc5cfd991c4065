// Questions as Fin's data connectors ask them.

export type FinQuery = Record<string, string | string[]>;
export type FinAnswer = Record<string, unknown> & { found: boolean; verified: boolean; status_text: string };

export async function askForFin(
  url: string,
  key: string,
  path: string,
  query: FinQuery = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: FinAnswer }> {
  const parameters = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    ),
  );
  const answer = await fetch(`${url}/fin/v1/${path}?${parameters}`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as FinAnswer };
}
