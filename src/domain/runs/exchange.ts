// A request to another service and its refusal, for the run log. Never headers (secrets) or unlimited text.

export type RefusedExchange = {
  request: { method: string; path: string; data: unknown };
  answer: { status: number; message: string };
};

/** `config` is axios's, with the body already serialized as JSON; `message` must be storable. */
export function refusedExchange(
  { status, config }: { status: number; config: { method?: string; url?: string; data?: unknown } },
  message: string,
): RefusedExchange {
  const { method = '', url = '', data } = config;
  return {
    request: {
      method: method.toUpperCase(),
      path: url,
      data: typeof data === 'string' ? JSON.parse(data) : null,
    },
    answer: { status, message },
  };
}

/** A list, a search or a new record, unlike `/contacts/ID` and `/companies?company_id=ID`. */
export const namesNothing = (path: string): boolean => /^\/\w+(\/search)?(\?(?!.*_id=).*)?$/.test(path);
